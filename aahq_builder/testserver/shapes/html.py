"""A portrait site in HTML: pages of links, one page per work, `rel` attributes for licence, author and next page.

A work's page is found by its number or by its hash id, so that portfolio-shaped listings lead here too.
"""

from html import escape

from aahq_builder.testserver.faults import page_response
from aahq_builder.testserver.gallery import Gallery, Work
from aahq_builder.testserver.http import Request, Response, empty_response, html_response

WORKS_PER_PAGE = 24
LICENSE_URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "GPL-2.0-only": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "GPL-2.0-or-later": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "GPL-3.0-or-later": "https://www.gnu.org/licenses/gpl-3.0.html",
    "FAL-1.3": "https://artlibre.org/licence/lal/en/",
}


def respond(request: Request, gallery: Gallery) -> Response | None:
    """`/` and `/?page=N` list, `/artwork/NUMBER` shows."""
    if request.path == "/":
        return _listing(request, gallery)
    if len(request.words) == 2 and request.words[0] == "artwork":
        work = gallery.work(request.words[1]) or gallery.by_hash(request.words[1])
        return _page(request, gallery, work) if work else empty_response(404)
    return None


def _listing(request: Request, gallery: Gallery) -> Response:
    page = request.query.get("page", "1")
    first = (int(page) - 1) * WORKS_PER_PAGE if page.isdigit() and page != "0" else 0
    works = gallery.works[first : first + WORKS_PER_PAGE]
    items = "\n".join(
        f'<li><a class="artwork" href="/artwork/{work.number}">{escape(work.credit.title)}</a></li>' for work in works
    )
    more = first + WORKS_PER_PAGE < len(gallery.works)
    link = f'<a rel="next" href="/?page={first // WORKS_PER_PAGE + 2}">next page</a>' if more else ""
    return html_response(_document("Portraits", "", f"<h1>Portraits</h1>\n<ul>\n{items}\n</ul>\n{link}"))


def _page(request: Request, gallery: Gallery, work: Work) -> Response:
    if work.number in gallery.gone:
        return empty_response(410)
    credit, fault = work.credit, work.fault
    head = fault.page_head if fault else ""
    if work.number in gallery.noai:
        head += '<meta name="robots" content="noai, noimageai">'
    url = LICENSE_URLS.get(credit.license, "")
    license_line = (
        f'<p>Licence: <a rel="license" href="{url}" title="{escape(credit.license)}">{escape(credit.license)}</a></p>'
    )
    body = f"""<article>
<h1>{escape(credit.title)}</h1>
<p>by <a rel="author" href="/">{escape(credit.artist)}</a> <time>{escape(credit.date)}</time></p>
<figure><a rel="original" href="{escape(work.image_url(request.site))}">original</a></figure>
{license_line if credit.license else ""}
<p>{" ".join(f'<a rel="tag" href="/">{escape(tag)}</a>' for tag in work.tags)}</p>
</article>"""
    proper = html_response(_document(escape(credit.title), head, body))
    return page_response(fault, proper, gallery.hit(request.path))


def _document(title: str, head: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title>{head}'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'
