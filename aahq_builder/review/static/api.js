// Talking to the server. Every answer that is not 2xx becomes an Error with the server's own sentence.

async function answer(response) {
  if (response.ok) return response;
  const text = await response.text();
  let sentence = text;
  try { sentence = JSON.parse(text).error; } catch { /* plain text is fine as it is */ }
  const error = new Error(sentence);
  error.status = response.status;
  throw error;
}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return (await answer(await fetch(query ? `${path}?${query}` : path))).json();
}

async function send(path, body) {
  const headers = { "Content-Type": "application/json" };
  return answer(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export const post = async (path, body) => (await send(path, body)).json();

// a crop as it would be, and the corners that would cut it out
export async function postForPreview(body) {
  const response = await send("/api/preview", body);
  return { picture: await response.blob(), quad: JSON.parse(response.headers.get("X-Quad")) };
}

const at = (path, id, version) => `/images/${path}/${encodeURIComponent(id)}?v=${encodeURIComponent(version ?? "")}`;
export const thumbnailAddress = (card) => at("thumbnail", card.face_id, card.version);
export const faceAddress = (card) => at("face", card.face_id, card.version);
export const originalAddress = (artworkId) => at("original", artworkId);
