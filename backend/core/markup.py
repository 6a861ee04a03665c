"""This file holds Markdown as people see it: rendered, then stripped of everything that could act."""

import nh3
from markdown_it import MarkdownIt

# HTML inside the Markdown is text: what is typed is what is read.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


def rendered(markdown: str) -> str:
    """HTML of a text that may hold Markdown. It is stored as typed and made safe here, each time it is shown."""
    return nh3.clean(
        _markdown.render(markdown),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
