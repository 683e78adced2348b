#!/usr/bin/perl

# "urlmeta_filter card": a page of this server is answered by its card.

use lib 't/lib';
use UrlMeta::Test;

my $html = '<!doctype html><html lang="en"><head><title>Page</title>'
           . '<meta property="og:image" content="/i.png">'
           . '<meta name="description" content="About it."></head>'
           . '<body><p>Text</p></body></html>';

my $type = 'text/html; charset=utf-8';
my $png = pack('H*', '89504e470d0a1a0a0000000d49484452000000030000000208020000'
                     . '0012160df20000000049454e44ae426082');

my $cut = "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
          . "Content-Length: 100000\r\n\r\n";

my $o = origin(
    '/page' => [200, {'Content-Type' => $type, 'ETag' => '"page"',
                      'Last-Modified' => 'Mon, 01 Jan 2024 00:00:00 GMT',
                      'Accept-Ranges' => 'bytes',
                      'Expires' => 'Thu, 01 Jan 2037 00:00:00 GMT',
                      'Cache-Control' => 'max-age=600'}, $html],
    '/gzip' => [200, $type, $html, {gzip => 1}],
    '/br' => [200, {'Content-Type' => $type, 'Content-Encoding' => 'br'},
              'xxxx'],
    '/slow' => [200, $type, $html, {delay => 0.7}],
    '/leader' => [200, $type, $html, {delay => 1}],
    '/private' => [200, {'Content-Type' => $type,
                         'Cache-Control' => 'private'}, $html, {delay => 0.3}],
    '/cookie' => [200, {'Content-Type' => $type,
                        'Set-Cookie' => 'a=b'}, $html],
    '/stale' => [200, {'Content-Type' => $type, 'Cache-Control' =>
                       'max-age=1, stale-while-revalidate=60'}, $html],
    '/404' => [404, $type, $html],
    '/500' => [500, $type, $html],
    '/301' => [301, {Location => '/page'}, ''],
    '/304' => [304, {ETag => '"x"'}, ''],
    '/206' => [206, {'Content-Type' => $type,
                     'Content-Range' => 'bytes 0-9/100'}, '<title>Not'],
    '/empty' => [200, $type, ''],
    '/image.png' => [200, 'image/png', $png],
    '/cut' => \"${cut}$html",
    '/cut-head' => \"${cut}<title>Pa",
    '*' => [200, $type, $html],
);

my $d = temp_dir('files');
mkdir "$d/static";
write_file("$d/static/index.html", $html);
write_file("$d/static/big.html", $html . '<p>x</p>' x 40000);

my $up = 'proxy_pass http://' . $o->address . ';';

my $n = nginx(<<"EOF", workers => 1, http => <<'EOH');
    urlmeta_cache cards;
    urlmeta_format \$arg_card;
    gzip on;
    gzip_types application/json;
    gzip_min_length 1;

    location / {
        $up
        urlmeta_filter \$how;
        add_header X-Cache \$urlmeta_cache_status;
        urlmeta_cache_bounds 1s 1d;
        add_header X-Title \$urlmeta_title;
    }

    location /nocache/ {
        $up
        urlmeta_filter card;
        urlmeta_cache off;
    }

    location /denied/ {
        deny all;
        $up
        urlmeta_filter card;
    }

    location /auth/ {
        auth_request /allowed;
        $up
        urlmeta_filter card;
    }

    location = /allowed {
        if (\$http_x_deny) { return 403; }
        return 204;
    }

    location /limited/ {
        limit_req zone=slow;
        $up
        urlmeta_filter card;
    }

    location /keyed/ {
        $up
        urlmeta_filter card;
        urlmeta_cache_key \$uri\$cookie_user;
    }

    location /named/ {
        proxy_pass http://@{[$o->address]}/page;
        urlmeta_filter card url=https://example.com\$request_uri;
    }

    location /dead/ {
        proxy_pass http://127.0.0.1:%%PORT_0%%;
        urlmeta_filter card;
        urlmeta_cache off;
    }

    location /fallback/ {
        proxy_pass http://@{[$o->address]}/404;
        proxy_intercept_errors on;
        error_page 404 = \@page;
        urlmeta_filter card;
        urlmeta_cache off;
    }

    location \@page {
        set \$page /page;
        proxy_pass http://@{[$o->address]}\$page;
    }

    location /static {
        root $d;
        sendfile on;
        types { text/html html; }
        urlmeta_filter card;
    }

    location = /ssi.html {
        ssi on;
        default_type text/html;
        root $d;
    }

    location /post {
        $up
        urlmeta_filter card;
    }

    location /purge {
        $up
        urlmeta_filter card;
        urlmeta_cache_purge \$http_x_purge;
    }

    location /unbuffered/ {
        proxy_pass http://@{[$o->address]}/;
        proxy_buffering off;
        urlmeta_filter card;
        urlmeta_cache off;
    }
EOF
    map $arg_card $how { volatile; default card; "" off; }
    limit_req_zone $server_name zone=slow:64k rate=1r/m;
EOH

write_file("$d/ssi.html",
           '<p><!--# include virtual="/page?card=fragment" --></p>'
           . '<!--# include virtual="/page?x=1" -->');

my $port = $n->port;
my %as = (headers => {Host => "localhost:$port"});

# the page itself

my $r = $n->get('/page');
is($r->{body}, $html, 'without the argument, the page');
ok(!exists $r->{header}{'x-cache'}, 'and no cache');

# a card

$r = $n->get('/page?card=json', %as);
is($r->{code}, 200, 'a card');
is($r->{header}{'content-type'}, 'application/json; charset=utf-8', 'type');
is($r->{header}{'content-length'}, length $r->{body}, 'length');
is($r->json->{title}, 'Page', 'title');
is($r->json->{requested_url}, "http://localhost:$port/page",
   'the address is without the argument');
is($r->json->{image}{url}, "http://localhost:$port/i.png", 'image');
like($r->{header}{etag}, qr/^"[0-9a-f]{16}"$/, 'an ETag of its own');
is($r->{header}{'cache-control'}, 'public, max-age=600',
   'as long as the page says');
is($r->{header}{'x-cache'}, 'MISS', 'add_header sees the card');
is($r->{header}{'x-title'}, 'Page', 'and its title');
ok(!exists $r->{header}{$_}, "nothing of the page's: $_")
    for qw(last-modified accept-ranges expires content-encoding);
is(scalar(grep { lc $_->[0] eq 'x-cache' } @{$r->{headers}}), 1,
   'add_header adds once');

my ($request) = grep { $_->{uri} =~ /card=json/ } $o->requests('/page');
is($request->{method}, 'GET', 'asked by GET');

my $asked = $o->count('/page');
my $etag = $r->{header}{etag};
$r = $n->get('/page?card=json', %as);
is($r->{header}{'x-cache'}, 'HIT', 'a hit');
is($r->{header}{'x-title'}, 'Page', 'a hit: title');
is($o->count('/page'), $asked, 'asks nobody');

$r = $n->get('/page?card=html', %as);
is($r->{header}{'x-cache'}, 'HIT', 'another format is made of it');
is($o->count('/page'), $asked, 'and asks nobody');
$r = $n->get('/page?card=html', %as);
is($r->{header}{'x-title'}, 'Page', 'a hit of HTML has a title too');

$r = $n->get('/page?card=json', headers => {Host => "localhost:$port",
                                           'If-None-Match' => $etag});
is($r->{code}, 304, 'If-None-Match, a hit');
$r = $n->head('/page?card=json', %as);
is($r->{code}, 200, 'HEAD, a hit');
ok($r->{header}{'content-length'} > 100, 'HEAD, a hit: length');
$r = $n->get('/page?card=json', headers => {Host => "localhost:$port",
                                           'Accept-Encoding' => 'gzip'});
is($r->{header}{'content-encoding'}, 'gzip', 'a card is compressed');

$r = $n->get('/page?card=nonsense', %as);
is($r->{code}, 400, 'an unknown format');
is($r->json->{code}, 'format_unknown', 'and its code');

# conditions and ranges are about the card

for (['If-None-Match', '"page"'], ['Range', 'bytes=0-9'],
     ['If-Modified-Since', 'Mon, 01 Jan 2024 00:00:00 GMT'],
     ['If-Range', '"page"'])
{
    my ($name, $value) = @$_;
    my $uri = '/cond-' . lc $name;
    $r = $n->get("$uri?card=json", headers => {$name => $value,
                                               'Accept-Encoding' => 'br'});
    is($r->{code}, 200, "$name: a card");
    is($r->json->{title}, 'Page', "$name: title");
    ($request) = $o->requests($uri);
    ok(!exists $request->{header}{lc $name}, "$name is not sent on");
    ok(!exists $request->{header}{'accept-encoding'},
       'nor what the client decodes');
}

$r = $n->get('/nocache/a');
$etag = $r->{header}{etag};
is($r->{code}, 200, 'without a cache');
is($o->count('/nocache/a'), 1, 'asked');
$n->get('/nocache/a');
is($o->count('/nocache/a'), 2, 'asked again');

$r = $n->head('/nocache/a');
is($r->{code}, 200, 'HEAD, a miss');
ok($r->{header}{'content-length'} > 100, 'HEAD, a miss: length');
is($r->{body}, '', 'HEAD, a miss: no body');
is(($o->requests('/nocache/a'))[-1]{method}, 'GET', 'HEAD is asked by GET');

my $c = $n->connect;
is($c->request('HEAD', '/nocache/a')->{code}, 200, 'keep-alive: 1');
is($c->get('/nocache/a')->json->{title}, 'Page', 'keep-alive: 2');
is($c->get('/page?card=json')->json->{title}, 'Page', 'keep-alive: 3');
is($c->get('/nocache/a')->json->{title}, 'Page', 'keep-alive: 4');
$c->close;

# encodings

is($n->get('/gzip?card=json')->json->{title}, 'Page', 'gzip upstream');
$r = $n->get('/br?card=json');
is($r->{code}, 502, 'br upstream');
is($r->json->{code}, 'encoding_denied', 'br upstream: code');
$n->get('/br?card=json&x');
is(scalar(my @w = $n->logged(qr/\[warn\].*"Content-Encoding: br" cannot be/)),
   1, 'one warning');

# what is no page

$r = $n->get('/404?card=json');
is($r->{code}, 404, 'a 404');
is($r->json->{code}, 'upstream_status', '404: code');
is($r->json->{upstream_status}, 404, '404: status');
$n->get('/404?card=json');
is($o->count('/404'), 1, 'a 404 is remembered');
$r = $n->get('/500?card=json');
is($r->{code}, 502, 'a 500');
is($r->json->{upstream_status}, 500, '500: status');
$r = $n->get('/301?card=json');
is($r->{code}, 301, 'a redirect is for the client');
like($r->{header}{location}, qr{/page$}, 'with its Location');
is($n->get("/$_?card=json")->json->{code}, 'protocol_error',
   "$_, which was not asked for") for 304, 206;
$r = $n->get('/empty?card=json');
is($r->{code}, 200, 'an empty body');
is($n->get('/image.png?card=json')->json->{type}, 'image', 'an image');
$r = $n->get('/cut?card=json');
is($r->{code}, 200, 'cut off after the head');
is($r->json->{title}, 'Page', 'cut off: title');
$r = $n->get('/cut-head?card=json');
is($r->{code}, 502, 'cut off in the head');
is($r->json->{code}, 'incomplete', 'cut off in the head: code');
$r = $n->get('/dead/?card=json');
is($r->{code}, 502, 'nobody there');
is($r->json->{code}, 'connect_failed', 'nobody there: code');
is($n->get('/unbuffered/page')->json->{title}, 'Page', 'proxy_buffering off');
is($n->get('/unbuffered/cut')->json->{title}, 'Page',
   'proxy_buffering off, cut off');

# who may ask

is($n->get('/denied/')->{code}, 403, 'access comes first');
is($o->count('/denied/'), 0, 'nobody is asked');
is($n->get('/auth/x?ok=1')->{code}, 200, 'auth_request: allowed');
is($n->get('/auth/x?ok=1')->{code}, 200, 'a hit');
is($o->count('/auth/x'), 1, 'which asks nobody');
is($n->get('/auth/x?ok=1', headers => {'X-Deny' => 1})->{code}, 403,
   'not without leave');
is($n->get('/limited/x')->{code}, 200, 'limit_req: one');
is($n->get('/limited/x')->{code}, 503, 'limit_req: and no more');

# whose page

for (['Cookie', 'user=1'], ['Authorization', 'Basic x']) {
    my ($name, $value) = @$_;
    my $uri = '/of-' . lc $name;
    $r = $n->get("$uri?card=json", headers => {$name => $value});
    is($r->{code}, 200, "$name: a card");
    like($r->{header}{'cache-control'}, qr/^private, /, "$name: private");
    $n->get("$uri?card=json", headers => {$name => $value}) for 1 .. 2;
    is($o->count($uri), 3, "$name: not cached");
    $n->get("$uri?card=json") for 1 .. 2;
    is($o->count($uri), 4, "without $name: cached");
}

$n->get('/keyed/a', headers => {Cookie => "user=$_"}) for 1, 2, 1, 2;
is($o->count('/keyed/a'), 2, 'a key that covers it');

$n->get('/private?card=json') for 1 .. 2;
is($o->count('/private'), 2, 'Cache-Control: private');
$n->get('/cookie?card=json') for 1 .. 2;
is($o->count('/cookie'), 2, 'Set-Cookie');

is($n->get('/named/x?a=b&card=json&c')->json->{requested_url},
   'https://example.com/named/x?a=b&c', 'url=');

# together

my @r = $n->parallel(('/slow?card=json') x 20);
is(scalar(grep { $_->{code} == 200 && $_->json->{title} eq 'Page' } @r), 20,
   'twenty at once');
is($o->count('/slow'), 1, 'one asks');

@r = $n->parallel(('/private?card=json') x 5);
is(scalar(grep { $_->{code} == 200 } @r), 5, 'five at once, private');
is($o->count('/private'), 7, 'each asks');

# the leader leaves

$c = $n->connect;
$c->send($c->message('GET', '/leader?card=json'));
wait_for(sub { $o->count('/leader') == 1 }, 5);
my $c2 = $n->connect;
$c2->send($c2->message('GET', '/leader?card=json'));
select undef, undef, undef, 0.2;
$c->close;
$r = $c2->response;
is($r->{code}, 200, 'the leader leaves: another one leads');
is($o->count('/leader'), 2, 'and asks');
$c2->close;
is($n->get('/leader?card=json')->{header}{'x-cache'}, 'HIT', 'it is stored');

# a stale card is for those who come while one asks

$n->get('/stale?card=json');
$o->set('/stale' => [200, {'Content-Type' => $type, 'Cache-Control' =>
                           'max-age=1, stale-while-revalidate=60, '
                           . 'stale-if-error=60'},
                     $html =~ s/Page/Next/r, {delay => 1}]);
select undef, undef, undef, 1.2;
$c = $n->connect;
$c->send($c->message('GET', '/stale?card=json'));
wait_for(sub { $o->count('/stale') == 2 }, 5);
$r = $n->get('/stale?card=json');
is($r->{header}{'x-cache'}, 'UPDATING', 'stale while one asks');
is($r->json->{title}, 'Page', 'the old card');
$r = $c->response;
is($r->{header}{'x-cache'}, 'EXPIRED', 'the one who asks');
is($r->json->{title}, 'Next', 'has the new one');
$c->close;

$o->set('/stale' => [500, $type, '']);
select undef, undef, undef, 1.2;
$r = $n->get('/stale?card=json');
is($r->{header}{'x-cache'}, 'STALE', 'stale if that fails');
is($r->json->{title}, 'Next', 'the last good one');

# ways to a page

is($n->get('/static/')->json->{title}, 'Page', 'index');
is($n->get('/static/')->json->{requested_url}, 'http://localhost/static/',
   'index: the address that was asked for');
is($n->get('/static/big.html')->json->{title}, 'Page', 'a file');
is($n->get('/static/none')->{code}, 404, 'no file');
is($n->get('/static/none')->json->{code}, 'upstream_status',
   'no file: a problem');
is($n->get('/fallback/')->json->{title}, 'Page', 'error_page');

$r = $n->get('/ssi.html');
like($r->{body}, qr{^<p><.*Page.*</p>\Q$html\E$}s, 'an include is a card');

$r = $n->request('POST', '/post', body => 'x=1');
is($r->{body}, $html, 'POST goes through');

$n->get('/purge') for 1 .. 2;
is($o->count('/purge'), 1, 'cached');
is($n->request('PURGE', '/purge', headers => {'X-Purge' => 1})->{code}, 204,
   'purged');
$n->get('/purge');
is($o->count('/purge'), 2, 'asked again');

# pipelining

$c = $n->connect;
$c->send(join '', map { $c->message('GET', "/pipe$_?card=json",
                                    keepalive => 1) } 1 .. 3);
is($c->response->json->{requested_url}, "http://localhost/pipe$_",
   "pipelining: $_") for 1 .. 3;
$c->close;

is(scalar(@w = $n->logged(qr/\[alert\]/)), 0, 'no alert');

# several workers

my $many = nginx(<<"EOF", workers => 4);
    location / { $up urlmeta_filter card; urlmeta_cache cards; }
EOF

$o->clear;
@r = $many->parallel(('/slow') x 100);
is(scalar(grep { $_->{code} == 200 && $_->json->{title} eq 'Page' } @r), 100,
   'a hundred at once, of four workers');
is($o->count('/slow'), 1, 'one asks');

my %worker = map { $_->{worker} => 1 } $many->access_log;
ok(keys %worker > 1, 'by several workers');

done_testing();
