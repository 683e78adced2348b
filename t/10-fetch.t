#!/usr/bin/perl

# A URL in, a card out: what is asked of the origin, and what comes of it.

use lib 't/lib';
use UrlMeta::Test;

my $page = <<'EOF';
<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>A page &amp; more</title>
<meta property="og:title" content="The title">
<meta property="og:description" content="What it is about">
<meta property="og:image" content="/a.png">
<meta property="og:image:width" content="1200">
<link rel="canonical" href="/canonical">
<script type="application/ld+json">{"@type":"Article","headline":"H",
"author":{"@type":"Person","name":"Jane Roe"},"datePublished":"2026-01-02"}
</script></head><body><h1>Heading</h1></body></html>
EOF

my $o = origin(
    '/page' => [200, 'text/html', $page],
    '/empty' => [200, 'text/html', ''],
    '/204' => [204, {}, ''],
    '/image.png' => [200, 'image/png', "\x89PNG\r\n\x1a\n" . "\0" x 64],
    '/file.zip' => [200, 'application/zip', "PK\3\4" . "\0" x 64],
    '/404' => [404, 'text/html', '<title>Not here</title>'],
    '/410' => [410, 'text/html', ''],
    '/500' => [500, 'text/html', ''],
    '/refused' => 'close',
    '/reset' => 'reset',
);

my $n = nginx(<<"EOF");
    location /card {
        urlmeta \$arg_url;
        @{[allow($o)]}
        urlmeta_set_header X-Test "\$arg_x";
        urlmeta_set_header X-Fixed one;
        urlmeta_accept_language "de, en;q=0.5";
    }
EOF

my $r = $n->card($o->url('/page'));

is($r->{code}, 200, 'status');
is($r->{header}{'content-type'}, 'application/json; charset=utf-8', 'type');
is($r->{header}{'x-content-type-options'}, 'nosniff', 'nosniff');

my $card = $r->json;

is($card->{title}, 'The title', 'title');
is($card->{description}, 'What it is about', 'description');
is($card->{image}{url}, $o->url('/a.png'), 'image, made absolute');
is($card->{image}{width}, 1200, 'its width');
is($card->{author}{name}, 'Jane Roe', 'author');
is($card->{published}, '2026-01-02', 'published');
is($card->{language}, 'en', 'language');
is($card->{canonical_url}, $o->url('/canonical'), 'canonical');
is($card->{http}{status}, 200, 'http.status');
is($card->{http}{bytes}, length $page, 'http.bytes');
is($card->{requested_url}, $o->url('/page'), 'requested URL');
is($card->{host}, '127.0.0.1', 'host');

my ($request) = $o->requests('/page');
my %header = map { lc $_ => $request->{header}{$_} } keys %{$request->{header}};

is_deeply([sort keys %header],
          [sort qw(host user-agent accept accept-encoding accept-language
                   via x-fixed)],
          'exactly these headers are sent, and an empty one is not');
is($header{host}, $o->address, 'Host');
like($header{'user-agent'}, qr{^ngx_urlmeta/\d+\.\d+}, 'User-Agent');
is($header{'accept-encoding'}, 'gzip', 'Accept-Encoding');
is($header{'accept-language'}, 'de, en;q=0.5', 'Accept-Language');

# nothing of the client is sent on

$n->card($o->url('/page?client'), arguments => '&x=1',
         headers => {'Cookie' => 'a=b', 'Authorization' => 'Basic eDp5',
                     'Referer' => 'http://secret.test/',
                     'X-Forwarded-For' => '10.1.1.1'});

($request) = grep { $_->{uri} =~ /client/ } $o->requests;
%header = map { lc $_ => $request->{header}{$_} } keys %{$request->{header}};
is($header{'x-test'}, '1', 'a header with a variable');
ok(!exists $header{$_}, "no $_ of the client's")
    for qw(cookie authorization referer x-forwarded-for);

# a line end in a variable begins no header

$n->card($o->url('/page?inject'), arguments => '&x=%0d%0aX-Evil:%201');
($request) = grep { $_->{uri} =~ /inject/ } $o->requests;
ok(!grep({ lc $_ eq 'x-evil' } keys %{$request->{header}}), 'no injection');

for (['/empty', 'website'], ['/204', 'website'], ['/image.png', 'image'],
     ['/file.zip', 'file'])
{
    my ($path, $type) = @$_;
    $r = $n->card($o->url($path));
    is($r->{code}, 200, "$path: a card");
    is($r->json->{type}, $type, "$path: its type");
    ok(length $r->json->{title}, "$path: a title");
}

is($n->card($o->url('/image.png'))->json->{image}{url}, $o->url('/image.png'),
   'an image is its own image');

for (['/404', 404, 404], ['/410', 404, 410], ['/500', 502, 500]) {
    my ($path, $status, $upstream) = @$_;
    $r = $n->card($o->url($path));
    is($r->{code}, $status, "$path: status");
    is($r->{header}{'content-type'}, 'application/problem+json',
       "$path: type");
    is($r->json->{code}, 'upstream_status', "$path: code");
    is($r->json->{upstream_status}, $upstream, "$path: upstream_status");
    is($r->json->{status}, $status, "$path: status in the body");
    is($r->json->{url}, $o->url($path), "$path: url");
}

for ('/refused', '/reset') {
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'connect_reset', "$_: code");
}

my $closed = free_port();
my $m = nginx(<<"EOF");
    location /card {
        urlmeta \$arg_url;
        urlmeta_allow 127.0.0.1:$closed;
    }
EOF

$r = $m->card("http://127.0.0.1:$closed/");
is($r->{code}, 502, 'nobody listens: status');
is($r->json->{code}, 'connect_failed', 'nobody listens: code');

# the URL as it is asked

for ([$o->url('/page'), 200, undef, 'not encoded'],
     ['', 400, 'url_missing', 'no URL'],
     ['ftp%3A%2F%2Fexample.com%2F', 400, 'scheme_denied', 'scheme'],
     ['http%3A%2F%2Fu%3Ap%40example.com%2F', 400, 'userinfo_denied', 'user'],
     ['http%3A%2F%2F', 400, 'url_invalid', 'no host'],
     ['nonsense', 400, 'url_invalid', 'nonsense'],
     ['http://127.0.0.1:99/', 403, 'address_denied', 'another port'],
     ['http://' . ('a' x 2100) . '.com/', 400, 'url_too_long', 'too long'])
{
    my ($url, $status, $code, $what) = @$_;
    $r = $n->get("/card?url=$url");
    is($r->{code}, $status, "$what: status");
    is($r->json->{code}, $code, "$what: code") if $code;
}

# decoded once: %2541 is the target's own %41

$n->get('/card?url=' . 'http%3A%2F%2F' . $o->address . '%2Fpage%3Fq%3D%2541');
ok(grep({ $_->{uri} eq '/page?q=A' || $_->{uri} eq '/page?q=%41' }
        $o->requests), 'decoded once where it was encoded');

$n->get('/card?url=http://' . $o->address . '/page?p=%2541');
ok(grep({ $_->{uri} eq '/page?p=%2541' } $o->requests),
   'not decoded where it was not encoded');

$r = $n->request('POST', '/card?url=' . $o->url('/page'), body => 'x=1');
is($r->{code}, 405, 'POST');
is($r->{header}{allow}, 'GET, HEAD', 'Allow');
is($r->json->{code}, 'method_not_allowed', 'its code');

done_testing();
