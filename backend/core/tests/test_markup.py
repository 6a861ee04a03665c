"""This file holds the tests of Markdown as people see it."""

from core.markup import rendered


def test_markdown_becomes_html():
    assert rendered("# Law\n\nFour *years*.") == "<h1>Law</h1>\n<p>Four <em>years</em>.</p>\n"


def test_html_inside_markdown_is_text():
    assert rendered("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_a_link_can_not_run_a_script():
    assert rendered("[x](javascript:alert(1))") == "<p>[x](javascript:alert(1))</p>\n"


def test_a_link_outward_takes_nothing_along():
    assert 'rel="noopener noreferrer nofollow"' in rendered("[x](https://example.test/)")
