#!/usr/bin/perl

# Documents that are made to be expensive, written to a directory, and a list
# of them, which the programs here read:
#
#     perl t/oracle/hostile.pl DIRECTORY
#
# The first of the list is no such document but an ordinary one of 1 MB, to
# compare with.

use strict;
use warnings;

my $mb = 1 << 20;
my $page = "<!doctype html><html lang=en><head><title>A page</title>\n"
         . "<meta property=og:title content='A page'></head><body></body>";


sub json_ld {
    return "<script type=\"application/ld+json\">$_[0]</script>";
}


sub upto {
    my ($size, $code) = @_;
    my $text = '';

    for (my $i = 0; length $text < $size; $i++) {
        $text .= $code->($i);
    }

    return $text;
}


# names as short as they can be: many in few bytes
sub name {
    my ($n) = @_;
    my $name = '';

    do {
        $name .= chr(97 + $n % 26);
        $n = int($n / 26);
    } while $n;

    return $name;
}


my $ordinary = "<!doctype html><html lang=en><head><meta charset=utf-8>"
    . "<title>A page</title><meta name=description content='A description'>"
    . "<meta property=og:image content=/image.jpg></head><body>\n"
    . upto($mb, sub {
          "<div class=\"row item-$_[0]\"><h3>Item $_[0]</h3>\n"
          . "<p>Some text, as it stands in pages &amp; goes on for a while, "
          . "with <a href=\"/item/$_[0]\" class=link>a link</a>.</p>\n"
          . "<img src=\"/images/$_[0].jpg\" alt=\"\"></div>\n";
      });

my @documents = (
    ['ordinary', $ordinary],

    # what servers have sent to break readers
    ['attrs', '<meta ' . join(' ', map { sprintf 'a%x', $_ } 0 .. 99999)
              . '>'],
    ['attrs-short', '<meta ' . upto(512 << 10, sub { name($_[0]) . ' ' })
                    . '>'],
    ['attrs-1m', '<div ' . upto($mb, sub { name($_[0]) . '=1 ' }) . '>'],
    ['nest-mismatch', '<i>' x 60000 . '</b>' x 80000],
    ['nest', '<div>' x (2 * $mb / 5)],
    ['nest-unmatched', '<div>' x 100000 . '</p></b></table>' x 60000],
    ['metas', '<head>' . upto(2 * $mb, sub {
                  '<meta property="og:title" content="x">' })],
    ['comment-unclosed', '<html><head><title>T</title><!--'
                         . '-' x (2 * $mb)],
    ['title-unclosed', '<title>' . 'a' x (2 * $mb)],
    ['script-lt', '<script>' . '</' x $mb],
    ['amp', '&' x (2 * $mb)],
    ['amp-title', '<title>' . '&' x (2 * $mb)],
    ['entities', '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "'
                 . '&a;' x 8 . '"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
                 . '<title>&b;&x;</title>'],
    ['jsonld-deep', json_ld('[' x 100000) . $page],
    ['jsonld-wide', json_ld('{' . join(',', map { "\"k$_\":1" } 0 .. 99999)
                            . '}') . $page],
    ['jsonld-many', json_ld('{"@type":"Article","headline":"x"}') x 20000
                    . $page],
    ['charset-lie', "<title>caf\xe9 \xff\xfe\xc0\x80\xed\xa0\x80</title>",
     'text/html; charset=utf-8'],
    ['charset-utf7', '<title>+ADw-script+AD4-alert(1)+ADw-/script+AD4-'
                     . '</title>', 'text/html; charset=utf-7'],
    ['charset-utf16', "\xff\xfe" . '<title>' =~ s/(.)/$1\0/gr
                      . "\x41\x04" x $mb],
    ['charset-three', "\xef\xbb\xbf<meta charset=windows-1251><title>"
                      . "\xd0\xb9</title>", 'text/html; charset=shift_jis'],
    ['charset-bogus', $page, 'text/html; charset=' . 'x' x 5000],
    ['nul', "<title>a\0b</title>\0\0<meta property=og:title content='x\0y'>"
            . "\0" x (2 * $mb)],
    ['bidi', "<title>\xe2\x80\xaegnp.exe\xe2\x81\xa6 \xe2\x80\xa8 "
             . "\xe2\x80\x8b</title>"],
    ['type-image', $page, 'image/png'],
    ['type-none', $page, ''],
    ['type-file', $page, 'application/octet-stream'],
    ['links-1e5', upto(2 * $mb, sub {
                      "<link rel=icon href=\"/$_[0].png\">" })],

    # what a parser of trees was slow at
    ['value-2m', '<meta property="og:title" content="' . 'A' x (2 * $mb)
                 . '">'],
    ['tags-unique', upto(2 * $mb, sub { '<' . name($_[0]) . '>' })],
    ['script-data', '<script><!--<script>' . '<script>-->' x 180000],
    ['comments', '<!-->' x (2 * $mb / 5)],
    ['references', '<title>' . '&NotEqualTilde;&#x1F600;&copy' x 60000],
    ['references-value', '<meta property=og:title content="'
                         . '&am' x (2 * $mb / 3) . '">'],

    # what the core does more than scan for
    ['base-late', upto($mb, sub { "<link rel=icon href=\"$_[0].png\">" })
                  . '<base href="/' . 'd/' x 1000 . '">'],
    ['base-long', '<base href="/' . 'd/' x 1000 . '">' . upto($mb, sub {
                      "<link rel=icon href=\"$_[0].png\">" })],
    ['headings', '<h1>' x (2 * $mb / 4)],
    ['heading-text', '<h1>' . 'a ' x $mb],
    ['svg', '<svg>' x (2 * $mb / 5)],
    ['svg-out', '<svg><p>' x (2 * $mb / 8)],
    ['templates', '<template>' x (2 * $mb / 10)],
    ['anchors', upto(2 * $mb, sub { '<a href=' . $_[0] . '>' })],
    ['paragraphs', '<p>' x (2 * $mb / 3)],
    ['article', $page . '<article>' . '<p>a <b>b</b> ' x 150000],
    ['images', upto($mb, sub {
                   "<meta property=og:image content=/$_[0].png>"
                   . "<meta property=og:image:width content=$_[0]>" })],
    ['pictures', '<article>' . upto($mb, sub {
                     "<img src=$_[0].png width=$_[0] height=9>" })],
    ['tags', upto($mb, sub { "<meta property=article:tag content=t$_[0]>" })],
    ['keywords', '<meta name=keywords content="'
                 . upto(16000, sub { "k$_[0]," }) . '">'],
    ['authors', upto($mb, sub { "<meta name=author content=a$_[0]>" })],
    ['itemprops', '<div itemscope>' x 1000 . upto($mb, sub {
                      "<div itemprop=name itemscope>$_[0]" })],
    ['jsonld-ids', (json_ld('{"@graph":[' . join(',', map {
                        "{\"\@id\":\"#$_\",\"author\":{\"\@id\":\"#"
                        . ($_ + 1) . "\"}}" } 0 .. 1900) . ']}')) x 16
                   . $page],
    ['jsonld-authors', (json_ld('{"@type":"Article","author":['
                        . join(',', map { "{\"\@id\":\"#$_\"}" } 0 .. 3800)
                        . ']}')) x 16 . $page],
    ['jsonld-images', (json_ld('{"@type":"Article","image":['
                       . join(',', map { "\"/$_.png\"" } 0 .. 7500) . ']}'))
                      x 16 . $page],
    ['jsonld-types', json_ld('{"@type":[' . join(',', map {
                         "\"T$_\"" } 0 .. 7500) . ']}') x 16 . $page],
    ['jsonld-text', json_ld('{"@type":"Article","headline":"'
                            . '&amp;amp;' x 14000 . '"}') x 16 . $page],
    ['jsonld-repair', json_ld('{"a":1,' . "/* */\n" x 20000 . '}') x 16],
    ['jsonld-quotes', json_ld("{'a':'" . "\\'" x 60000 . "'}") x 16],
    ['jsonld-date', json_ld('{"@type":"Article","datePublished":"'
                            . '2020-01-01 ' x 11000 . '"}') x 16],
    ['jsonld-spaces', json_ld(' ' x 130000) x 16 . $page],
    ['title-spaces', '<title>' . '&#32;' x 400000],
    ['bytes', join('', map { chr(128 + ($_ * 7919 >> 3) % 128) }
                       0 .. $mb), 'text/html'],
    ['iso-2022-jp', '<meta charset=iso-2022-jp>' . "\e\$B\x46" x 400000],
    ['gb18030', "<meta charset=gb18030>" . "\x81\x30" x $mb],
    ['big5-bad', '<meta charset=big5>' . "\xff" x (2 * $mb)],

    # XML
    ['xml-nest', '<?xml version="1.0"?><rss>' . '<a>' x 600000,
     'application/rss+xml'],
    ['xml-attrs', '<rss ' . upto($mb, sub { name($_[0]) . 'x="" ' }) . '>',
     'application/rss+xml'],
    ['xml-namespaces', '<rss ' . upto($mb, sub {
                           'xmlns:' . name($_[0]) . '="u" ' }) . '>',
     'application/rss+xml'],
    ['xml-entities', '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
         . join('', map {
               my ($n, $of) = (chr(98 + $_), chr(97 + $_));
               "<!ENTITY $n \"" . "&$of;" x 10 . '">' } 0 .. 9)
         . ']><rss><channel><title>&k;</title></channel></rss>',
     'application/rss+xml'],
    ['xml-attlist', '<!DOCTYPE r [<!ATTLIST r ' . upto(60000, sub {
                        name($_[0]) . ' CDATA "x" ' }) . '>]><r>'
         . '<r/>' x 20000, 'application/xml'],
    ['xml-text', '<rss><channel><title>' . 'a&amp;' x 300000,
     'application/rss+xml'],
    ['xml-comment', '<!--' . '-a' x $mb, 'application/xml'],
    ['xml-attribute', '<rss a="' . 'a' x (2 * $mb), 'application/xml'],
    ['xhtml', '<html xmlns="http://www.w3.org/1999/xhtml"><head>' . upto($mb,
         sub { "<meta property=\"og:image\" content=\"/$_[0].png\"/>" }),
     'application/xhtml+xml'],
);

my $dir = shift or die "usage: hostile.pl DIRECTORY\n";
open my $list, '>', "$dir/list" or die "cannot write $dir/list: $!\n";

for (@documents) {
    my ($name, $text, $type) = @$_;
    $type = 'text/html; charset=utf-8' if !defined $type;
    $type = 'text/html' if $name =~ /^(?:charset-utf16|iso-|gb|big5)/;

    open my $file, '>:raw', "$dir/$name" or die "cannot write $name: $!\n";
    print $file $text;
    close $file or die "cannot write $name: $!\n";

    print $list join("\t", $name, "$dir/$name",
                     'https://example.com/hostile/document', $type), "\n";
}

close $list or die "cannot write $dir/list: $!\n";
