//! Tests of the reader of HTML.

use super::*;
use proptest::prelude::*;

fn seen(html: &str) -> String {
    pieces(html).map(|(c, _)| c).collect()
}

#[test]
fn tags_vanish_or_break_the_line() {
    for (html, shown) in [
        ("<p>一<br/>二</p><P class=\"a>b\">三</P>", "一\n二\n三"),
        ("ca<b>si</b>no ca<wbr>si<mark class='x'>no</mark>", "casino casino"),
        ("a<br><br>b<hr>c", "a\nb\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("<ul><li>a<li>b</ul>c", "a\nb\nc"),
        ("<a href=x title = '>' >y</a></br>z", "y\nz"),
        ("<x-box>a</x-box>b", "ab"),
    ] {
        assert_eq!(seen(html), shown, "{html}");
    }
}

#[test]
fn white_space_collapses() {
    for (html, shown) in [
        ("  a \t\n b  ", "a b"),
        ("<p> a </p> \n <p> b </p> ", "a\nb"),
        ("a <b> b </b> c", "a b c"),
        ("a&#32;&Tab;&NewLine;b&nbsp; &nbsp;c", "a b\u{a0} \u{a0}c"),
        ("a<!-- --> <i></i> b", "a b"),
        ("a\u{3000}\u{3000}b\u{2003} c", "a\u{3000}\u{3000}b\u{2003} c"),
        ("<pre>\n a\r\n\tb</pre> c", " a\n\tb\nc"),
        ("<textarea>\n\n <b>&amp;</b> </textarea>x", "\n <b>&</b> \nx"),
        ("<xmp>a  &amp;<b></xmp>x", "a  &amp;<b>\nx"),
        ("a<pre>b\n</pre><p>c", "a\nb\nc"),
        ("</pre>a  b<plaintext>a </plaintext>", "a b\na </plaintext>"),
    ] {
        assert_eq!(seen(html), shown, "{html}");
    }
}

#[test]
fn what_is_not_shown_is_dropped() {
    for (html, shown) in [
        ("加<b>微</b><!-- <p> -->信", "加微信"),
        ("a<script>if (a<b) {}</p></SCRIPT >b<style>p{}</style>c", "abc"),
        ("<!DOCTYPE html><?xml?><head><title>t</title></head><body>x", "x"),
        ("a<template>b<template>c</template>d</template>e", "ae"),
        ("a<noscript><b>x</b></noscript><iframe>y</iframe>b", "ab"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢kan"),
        ("a<div hidden>b<div>c</div>d</div>e", "ae"),
        ("a<span HIDDEN=x>b</span>c<br hidden>d<p hidden>e<p>f", "acd\nf"),
        ("a<i style='color:red; DISPLAY : none!important'>b</i>c", "ac"),
        ("a<i style=display&colon;none>b</i>c", "ac"),
        ("a<i hidden style='display:inline'>b</i>c", "abc"),
        ("a<i title=hidden data-hidden style='x:display:none'>b</i>c", "abc"),
        ("a<div hidden><script>'</div>'</script>b</div>c", "ac"),
        ("<p>a<span hidden>b</p><p>c", "a\nc"),
        ("<div>a<span hidden><div>b</div>c</div>d", "a\nd"),
        ("<u>a<span hidden><u>b</u>c</u>d", "ad"),
        ("<p>a<b hidden>b</p><p>c</b>d", "ad"),
        ("<div>a<template>b</div>c</template>d", "ad"),
        ("a<ul hidden></p></br></body><li>b</li></ul>c", "ac"),
        ("a\0b", "ab"),
    ] {
        assert_eq!(seen(html), shown, "{html}");
    }
}

#[test]
fn what_is_no_markup_is_text() {
    for text in
        ["a < b", "<3", "<", "</", "<张三>", "1<2>1", "a > b", "&", "&;", "&none;", "&#;", "&#x;"]
    {
        assert_eq!(seen(text), text);
    }
    assert_eq!(seen("a</ p>b</>c<!x>d"), "abcd");
}

#[test]
fn what_never_ends_hides_the_rest_as_in_browsers() {
    assert_eq!(seen("<b>a</b><p b<i>c"), "a\nc");
    for html in [
        "x<p class=\"博彩 <b>&lt;",
        "x<!-- 博彩<br>",
        "x<script>a</p>",
        "x<p",
        "x<div hidden>a</p>",
    ] {
        assert_eq!(seen(html), "x", "{html}");
    }
}

#[test]
fn references_become_their_characters() {
    assert_eq!(seen("&amp;&lt;&#39;&apos;&thetasym;&Eacute&eacute;"), "&<''ϑÉé");
    assert_eq!(seen("&#21338;&#x5f69;&#X5F69&#65x"), "博彩彩Ax");
    assert_eq!(seen("&fjlig;ord &acE;"), "fjord ∾\u{333}");
    assert_eq!(seen("&amp;lt;"), "&lt;");
}

#[test]
fn ranges_are_of_the_raw_text() {
    let html = "<p> <b>博</b>&#24425; \n\t<i> x</i> <br>y</p>&fjlig;";
    let raw: Vec<&str> = pieces(html).map(|(_, range)| &html[range]).collect();
    assert_eq!(raw, ["博", "&#24425;", " \n\t", "x", "<br>", "y", "</p>", "&fjlig", ";"]);
}

#[test]
fn floods_take_linear_time() {
    for flood in [
        "<a ",
        "<!--",
        "<!---",
        "<script>",
        "</",
        "<a b=\"",
        "&#",
        "<a b='x'",
        "&fjlig;",
        "<p hidden>",
        "<textarea>",
        "</textarea ",
        "<rp><rt>",
        "<template>",
        " <b>",
        "a <b> ",
        "&CounterClockwise",
    ] {
        assert!(pieces(&flood.repeat(20_000)).count() <= flood.len() * 20_000, "{flood}");
    }
}

fn any_html() -> impl Strategy<Value = String> {
    let text = "a|x|博| |\n|\r|\t|\u{a0}|\0|é|[<>/&;#\"'=!?\\-]|[0-9]|hidden|style=|display:none|;";
    let tags = "<b>|</b>|<p>|</p>|<u>|</u>|<span hidden>|</span>|</div>|<br>|<div>|</div>|<li>|<pre>|</pre>|<textarea>|</textarea>|<xmp>\
                |</xmp>|<plaintext>|<script>|</script>|<title>|<rp>|</rp>|<rt>|</ruby>|<template>\
                |</template>|<p hidden>|<div hidden>|<i hidden>|</i>|<textarea hidden>|<hr hidden>";
    let more = "<b style=\"display:none\">|<i style=' Display: none ;x'>|<i hidden style=display:x>\
                |<!--|-->|--!>|<a href=\"x>\" b=c d>|<a '|<p x='|&amp;|&ampx|&fjlig;|&NotEqualTilde;\
                |&#32;|&#10;|&#0;|&#128;|&#xd800;|&notin;|&notit;|&nbsp;|&Tab;|&NewLine;";
    prop::collection::vec(prop_oneof![text, tags, more], 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_the_slow_twin(html in any_html()) {
        prop_assert_eq!(pieces(&html).collect::<Vec<_>>(), twin::pieces(&html));
    }

    #[test]
    fn ranges_rise_and_slice(html in any_html()) {
        let mut last = 0;
        for (_, range) in pieces(&html) {
            prop_assert!(range.start >= last && range.start < range.end);
            prop_assert!(html.get(range.clone()).is_some());
            last = range.end;
        }
    }

    #[test]
    fn reading_goes_on_from_every_piece(html in any_html()) {
        let all: Vec<_> = pieces(&html).collect();
        let mut first = pieces(&html);
        for at in 0..all.len() {
            let piece = first.next().unwrap();
            let after = pieces_from(&html, first.position(), first.state());
            prop_assert!(after.eq(all[at + 1..].iter().cloned()));
            let again = pieces_from(&html, piece.1.start, first.start());
            prop_assert!(again.eq(all[at..].iter().cloned()));
        }
    }

    #[test]
    fn lines_have_text_and_no_space_at_their_ends(html in "([a<>/ \n]|<p>|<br>|<b>|&#32;){0,40}") {
        let shown = seen(&html);
        for line in shown.split('\n').filter(|_| !shown.is_empty()) {
            prop_assert!(!line.is_empty() && line.trim() == line && !line.contains("  "));
        }
    }

    #[test]
    fn text_without_markup_is_itself_with_single_spaces(text in "[^<&\0]*") {
        let collapses = [' ', '\t', '\n', '\r'];
        let words: Vec<&str> = text.split(collapses).filter(|word| !word.is_empty()).collect();
        prop_assert_eq!(seen(&text), words.join(" "));
    }
}
