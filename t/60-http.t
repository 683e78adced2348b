#!/usr/bin/perl

# The response as HTTP: formats, conditions, HEAD, connections, HTTP/2.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/page' => [200, 'text/html', '<title>Page</title>'
                . '<meta name=description content="' . 'about it ' x 50
                . '">'],
    '/404' => [404, 'text/html', ''],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    gzip on;
    gzip_min_length 100;
    gzip_types application/json;
    gzip_proxied any;
    keepalive_requests 1000;

    location /card { urlmeta \$arg_url; }
    location /html { urlmeta \$arg_url; urlmeta_format html; }
    location /fragment { urlmeta \$arg_url; urlmeta_format fragment; }
    location /auto { urlmeta \$arg_url; urlmeta_format auto; }
    location /any { urlmeta \$arg_url; urlmeta_format \$arg_format; }
    location /details { urlmeta \$arg_url; urlmeta_details \$arg_details; }
    location /fallback {
        urlmeta \$arg_url;
        error_page 404 = \@fallback;
    }
    location \@fallback { return 200 "fallback\\n"; }
    location /limited {
        limit_except GET { deny all; }
        urlmeta \$arg_url;
    }
EOF

my $uri = '/card?url=' . url_encode($o->url('/page'));
my $r = $n->get($uri);
my $etag = $r->{header}{etag};

like($etag, qr/^"[0-9a-f]{16}"$/, 'a strong ETag');
like($r->{header}{'cache-control'}, qr/^public, max-age=(\d+)$/,
     'Cache-Control');
is($r->{header}{age}, '0', 'Age');

my $length = length $r->{body};
is($r->{header}{'content-length'}, $length, 'Content-Length');

select undef, undef, undef, 1.1;
$r = $n->get($uri);
ok($r->{header}{age} >= 1, 'Age grows');
is($r->{header}{etag}, $etag, 'the ETag stays');

$r = $n->get($uri, headers => {'If-None-Match' => $etag});
is($r->{code}, 304, 'If-None-Match: 304');
is($r->{body}, '', 'no body');
is($r->{header}{etag}, $etag, 'but the ETag');
ok($r->{header}{'cache-control'}, 'and Cache-Control');

is($n->get($uri, headers => {'If-None-Match' => '"x"'})->{code}, 200,
   'another ETag: 200');
is($n->get($uri, headers => {'If-Match' => '"x"'})->{code}, 412,
   'If-Match: 412');

for ($uri, '/card?url=' . url_encode($o->url('/404')),
     '/html?url=' . url_encode($o->url('/page')))
{
    my $get = $n->get($_);
    my $head = $n->head($_);
    is($head->{code}, $get->{code}, 'HEAD: status');
    is($head->{body}, '', 'HEAD: no body');
    is($head->{header}{$_}, $get->{header}{$_}, "HEAD: $_")
        for qw(content-type content-length etag);
}

# HEAD as the first to ask

$r = $n->head('/card?url=' . url_encode($o->url('/page?head')));
is($r->{code}, 200, 'HEAD of a miss');
ok($r->{header}{'content-length'} > 100, 'its length');

$r = $n->get($uri, headers => {'Accept-Encoding' => 'gzip'});
is($r->{header}{'content-encoding'}, 'gzip', 'gzip of the card');
like($r->{header}{etag}, qr/^W\//, 'makes the ETag weak');

$r = $n->get($uri, headers => {Range => 'bytes=0-9'});
is($r->{code}, 200, 'no ranges');

# formats

my $h = $n->get('/html?url=' . url_encode($o->url('/page')));
is($h->{header}{'content-type'}, 'text/html; charset=utf-8', 'HTML: type');
like($h->{body}, qr/<title>[^<]*Page/, 'HTML: a document with a title');
like($h->{header}{'content-security-policy'},
     qr/default-src 'none'.*style-src 'sha256-/, 'HTML: CSP');
unlike($h->{header}{'content-security-policy'}, qr/script-src|unsafe/,
       'HTML: no script');

my $f = $n->get('/fragment?url=' . url_encode($o->url('/page')));
unlike($f->{body}, qr/<html|<style|<script/i, 'fragment: just that');
like($f->{body}, qr/class="urlmeta/, 'fragment: namespaced classes');

for (['text/html', 'text/html'], ['application/json', 'application/json'],
     ['*/*', 'application/json'], [undef, 'application/json'],
     ['text/html;q=0.5, application/json;q=0.4', 'text/html'],
     ['text/html;q=0', 'application/json'])
{
    my ($accept, $type) = @$_;
    $r = $n->get('/auto?url=' . url_encode($o->url('/page')),
                 headers => {$accept ? (Accept => $accept) : ()});
    $accept = 'nothing' if !$accept;
    like($r->{header}{'content-type'}, qr/^\Q$type;/, "Accept: $accept");
    like($r->{header}{vary}, qr/\bAccept\b(?!-)/, "Accept: $accept: Vary");
}

for (['', 200], ['json', 200], ['html', 200], ['nonsense', 400]) {
    my ($format, $status) = @$_;
    $r = $n->get("/any?format=$format&url=" . url_encode($o->url('/page')));
    is($r->{code}, $status, "format \"$format\"");
}

is($r->json->{code}, 'format_unknown', 'format_unknown');

$r = $n->get('/any?format=html&url=nonsense');
is($r->{code}, 400, 'an error as HTML: status');
like($r->{header}{'content-type'}, qr/^text\/html/, 'an error as HTML: type');
$r = $n->get('/any?format=html&url=' . url_encode('http://<script>/'));
unlike($r->{body}, qr/<script>/, 'an error as HTML: escaped');
$r = $n->get('/any?url=' . url_encode('http://<script>&/'));
unlike($r->{body}, qr/[<>&]/, 'an error as JSON: escaped');

for (['on', 1], ['1', 1], ['off', 0], ['0', 0], ['', 0]) {
    my ($value, $on) = @$_;
    $r = $n->get("/details?details=$value&url="
                 . url_encode($o->url('/page')));
    is(exists $r->json->{meta} ? 1 : 0, $on, "details \"$value\"");
}

# connections

my $c = $n->connect;
$c->send($c->message('GET', $uri, keepalive => 1) x 3);
is($c->response->{code}, 200, "pipelined $_") for 1 .. 3;
is($c->get("$uri&$_")->{code}, 200, "kept alive $_") for 1 .. 3;
$c->close;

# a body with a GET is discarded and not taken for a request

$c = $n->connect;
$c->send("GET $uri HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\n"
         . "GET /evil HTTP/1.1\r\n\r\n\r\n"
         . "GET /card?url= HTTP/1.1\r\nHost: x\r\n\r\n");
is($c->response->{code}, 200, 'a GET with a body');
is($c->response->{code}, 400, 'what follows is the next request');
$c->close;

for (qw(POST PUT DELETE OPTIONS)) {
    $r = $n->request($_, $uri);
    is($r->{code}, 405, "$_: 405");
    is($r->{header}{allow}, 'GET, HEAD', "$_: Allow");
}

is($n->get('/card')->json->{code}, 'url_missing', 'no argument at all');

SKIP: {
    my ($code) = run(5, 'sh', '-c', 'command -v curl && curl -V | grep HTTP2');
    skip 'no curl with HTTP/2', 2 if $code != 0;

    my $m = nginx(<<"EOF");
server {
    listen 127.0.0.1:%%PORT%% http2;
    @{[allow($o)]}
    location /card { urlmeta \$arg_url; }
}
EOF
    my $url = $m->url('/card?url=' . url_encode($o->url('/page')));
    my ($status, $out) = run(10, 'curl', '-s', '--http2-prior-knowledge',
                             '-w', '%{http_version} %{http_code}', $url);
    like($out, qr/"title":"Page"/, 'HTTP/2: the card');
    like($out, qr/2 200$/, 'HTTP/2: 200');
}

done_testing();
