#!/usr/bin/perl

# X-Robots-Tag, and the metas of the same meaning.

use lib 't/lib';
use UrlMeta::Test;

my $head = <<'EOP';
<html><head><title>Page</title>
<meta name="description" content="Some secret words">
<meta property="og:image" content="https://example.com/i.png">
EOP

sub page {
    my ($tag, $meta, %more) = @_;
    $meta = defined $meta ? "<meta $meta>" : '';
    return [200, [
        'Content-Type' => 'text/html; charset=utf-8', %more,
        map { ('X-Robots-Tag' => $_) } ref $tag ? @$tag
                                     : defined $tag ? $tag : (),
    ], "$head$meta</head></html>"];
}

my @days = qw(Sun Mon Tue Wed Thu Fri Sat);
my @months = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);

sub http_date {
    my @t = gmtime $_[0];
    return sprintf '%s, %02d %s %d %02d:%02d:%02d GMT', $days[$t[6]], $t[3],
                   $months[$t[4]], $t[5] + 1900, @t[2, 1, 0];
}

my $soon = time + int(seconds(3));

my $o = origin(
    '/plain' => page(),
    '/noindex' => page('noindex'),
    '/none' => page(undef, 'name="robots" content="NONE"'),
    '/own' => page(undef, 'name="NGX_urlmeta" content="noindex"'),
    '/other' => page(['otherbot: noindex'], 'name="otherbot" content="none"'),
    '/us' => page(['otherbot: noindex', 'ngx_urlmeta: nosnippet']),
    '/text' => page('max-snippet:0'),
    '/image' => page(undef, 'name="robots" content="max-image-preview:none"'),
    '/past' => page('unavailable_after: 25 Jun 2010 15:00:00 PST'),
    '/soon' => page('unavailable_after: ' . http_date($soon)),
    '/gif' => [200, {'Content-Type' => 'image/gif', 'X-Robots-Tag' => 'none'},
               "GIF89a\1\0\1\0"],
    '/etag' => sub {
        my ($socket, $request) = @_;
        return [304, {ETag => '"1"', 'X-Robots-Tag' => 'noindex'}, '']
            if $request->{header}{'if-none-match'};
        return page(undef, undef, ETag => '"1"',
                    'Cache-Control' => 'max-age=1');
    },
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    urlmeta_cache_bounds 1s 1h;
    urlmeta_robots_tag on;
    location /card { urlmeta \$arg_url; urlmeta_details \$arg_details; }
    location /off { urlmeta \$arg_url; urlmeta_robots_tag off; }
EOF

sub card { return $n->card($o->url($_[0]), @_[1 .. $#_]) }

my $r = card('/plain');
is($r->json->{description}, 'Some secret words', 'nothing is asked');
ok($r->json->{image}, 'nor of the image');

for (qw(/noindex /none /own /past /gif)) {
    $r = card($_);
    is($r->{code}, 403, "$_: refused");
    is($r->json->{code}, 'robots_denied', "$_: robots_denied");
}

my $asked = $o->count('/noindex');
card('/noindex');
is($o->count('/noindex'), $asked, 'remembered');

$r = card('/other');
is($r->{code}, 200, 'what is about another one');
is($r->json->{description}, 'Some secret words', 'nothing is left out');

for (qw(/us /text)) {
    $r = card($_);
    is($r->{code}, 200, "$_: a card");
    is($r->json->{description}, undef, "$_: no description");
    ok($r->json->{image}, "$_: an image");
}

$r = card('/us', arguments => '&details=1');
is($r->json->{title}, 'Page', 'details: a title');
unlike($r->{body}, qr/secret/, 'details: nothing of the text');
is_deeply($r->json->{meta}, [], 'details: no metas');

$r = card('/image', arguments => '&details=1');
is($r->json->{image}, undef, 'no image');
is_deeply($r->json->{images}, [], 'none at all');
is($r->json->{description}, 'Some secret words', 'a description');
ok(!exists $r->json->{sources}{image}, 'nor where it would be from');

for my $format (qw(html fragment)) {
    my $f = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_robots_tag on;
    location /card { urlmeta \$arg_url; urlmeta_format $format; }
EOF
    unlike($f->card($o->url('/us'))->{body}, qr/secret/, "$format: no text");
    unlike($f->card($o->url('/image'))->{body}, qr/i\.png/,
           "$format: no image");
}

is(card('/noindex', location => '/off')->{code}, 200, 'off: a card');
is(card('/us', location => '/off')->json->{description}, 'Some secret words',
   'off: all of it');

# a date: neither fresh nor stale after it

if (time < $soon) {
    $r = card('/soon');
    is($r->{code}, 200, 'before the date');
    my ($age) = $r->{header}{'cache-control'} =~ /max-age=(\d+)/;
    ok($age <= seconds(3), "max-age=$age");
}

select undef, undef, undef, $soon + 1.1 - time;
is(card('/soon')->{code}, 403, 'after it');

# an answer that says nothing is changed, but this

is(card('/etag')->{code}, 200, 'a card');
select undef, undef, undef, 2.2;
card('/etag');
ok(wait_for(sub { $o->count('/etag') >= 2 }, 5), 'it is validated');
ok(wait_for(sub { card('/etag')->{code} == 403 }, 5),
   '304 with noindex: not shown any more');

done_testing();
