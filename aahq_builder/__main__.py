"""`python -m aahq_builder` is `aahq-build`."""

from aahq_builder.cli import main

main()
