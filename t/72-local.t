#!/usr/bin/perl

# "urlmeta_local": pages of this server, by a subrequest; "urlmeta_discovery".

use lib 't/lib';
use UrlMeta::Test;

my $html = '<!doctype html><html lang="en"><head><title>Page</title>'
           . '<meta property="og:image" content="/i.png">'
           . '<meta name="description" content="About it."></head>'
           . '<body><p>Text</p></body></html>';

my $type = 'text/html; charset=utf-8';

my $cut = "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
          . "Content-Length: 100000\r\n\r\n";

my $o = origin(
    '/to' => [302, {Location => '/page?a=b'}, ''],
    '/away' => [302, {Location => 'http://elsewhere.test/'}, ''],
    '/again' => [302, {Location => '/again'}, ''],
    '/404' => [404, $type, $html],
    '/gzip' => [200, $type, $html, {gzip => 1}],
    '/cut' => \"$cut$html",
    '/slow' => [200, $type, $html, {delay => 0.7}],
    '/leader' => [200, $type, $html, {delay => 1}],
    '/empty' => [200, $type, ''],
    '*' => [200, $type, $html],
);

my $d = temp_dir('files');
mkdir "$d/files";
write_file("$d/files/index.html", $html);
write_file("$d/secret.html", '<title>Secret</title>');
write_file("$d/password", "user:{PLAIN}password\n");

my $n = nginx(<<"EOF");
    server_name localhost .example.com www.site.*;

    location = /card {
        urlmeta \$arg_url;
        urlmeta_local on;
        urlmeta_format \$arg_format;
    }

    location = /cached {
        urlmeta \$arg_url;
        urlmeta_local on;
        urlmeta_cache cards;
        urlmeta_user_agent "local reader";
    }

    location = /only {
        urlmeta \$arg_url;
        urlmeta_local on;
        urlmeta_hosts localhost;
    }

    location = /remote { urlmeta \$arg_url; }

    location / {
        proxy_pass http://@{[$o->address]};
        proxy_set_header Host \$host;
        proxy_set_header X-Request-Uri \$request_uri;
    }

    location /card-page/ {
        proxy_pass http://@{[$o->address]};
        urlmeta_filter card;
    }

    location /tapped/ {
        proxy_pass http://@{[$o->address]};
        urlmeta_filter tap;
        urlmeta_cache cards;
    }

    location /files/ {
        root $d;
        types { text/html html; }
    }

    location /internal/ {
        internal;
        alias $d/;
    }

    location /denied/ {
        deny all;
        proxy_pass http://@{[$o->address]};
    }

    location /basic/ {
        auth_basic closed;
        auth_basic_user_file $d/password;
        proxy_pass http://@{[$o->address]};
    }

    location /asked/ {
        auth_request /allowed;
        proxy_pass http://@{[$o->address]};
    }

    location /refused/ {
        auth_request /forbidden;
        proxy_pass http://@{[$o->address]};
    }

    location /any/ {
        satisfy any;
        deny all;
        auth_request /allowed;
        proxy_pass http://@{[$o->address]};
    }

    location = /allowed { internal; proxy_pass http://@{[$o->address]}; }
    location = /forbidden { return 403; }

    location = /ssi.html {
        ssi on;
        default_type text/html;
        alias $d/ssi.html;
    }

    location /found/ {
        proxy_pass http://@{[$o->address]};
        urlmeta_discovery /oembed;
    }

    location /found-card/ {
        proxy_pass http://@{[$o->address]};
        urlmeta_filter card;
        urlmeta_format html;
        urlmeta_discovery /oembed;
    }

    location /found-more/ {
        proxy_pass http://@{[$o->address]};
        urlmeta_discovery /oembed?x=1;
    }
EOF

write_file("$d/ssi.html", '<title>One</title>'
           . '<p><!--# include virtual="/card?format=fragment&url=/page" -->'
           . '</p><i>'
           . '<!--# include virtual="/card?format=fragment&url=/gzip" --></i>');

# what is local

my $port = $n->port;
my $r;

for my $url ('/page', 'http://localhost/page', 'https://localhost/page',
             "http://localhost:$port/page", 'http://example.com/page',
             'http://www.example.com/page', 'http://www.site.test/page',
             'HTTP://LOCALHOST/./page')
{
    my $asked = $o->count('/page');
    $r = $n->card($url);
    is($r->{code}, 200, "$url: a card") or diag $r->{body};
    is($r->json->{title}, 'Page', "$url: title");
    is($o->count('/page'), $asked + 1, "$url: read");
}

is(($o->requests('/page'))[-1]{header}{host}, 'localhost', 'Host');

for my $url ('http://elsewhere.test/page', 'http://localhost:1/page',
             'http://badexample.com/page', "http://127.0.0.1:$port/page")
{
    my $asked = $o->count('/page');
    $r = $n->card($url);
    isnt($r->{code}, 200, "$url: not local");
    is($o->count('/page'), $asked, "$url: not read");
}

is($n->card('http://elsewhere.test/', location => '/only')->json->{code},
   'host_denied', 'urlmeta_hosts: no others');
is($n->card('http://localhost/page', location => '/only')->{code}, 200,
   'urlmeta_hosts: this one');
is($n->card('/page', location => '/remote')->json->{code}, 'url_invalid',
   'a path elsewhere is no URL');
is($n->card('//elsewhere.test/', location => '/card')->json->{code},
   'url_invalid', '// is no path');

# the request that is made

$r = $n->card('/page?x=%41&y=1', headers => {
    Cookie => 'a=b', Authorization => 'Basic x', 'X-Mine' => 1,
    'If-None-Match' => '"x"', 'Accept-Encoding' => 'br', Range => 'bytes=0-1'
});
is($r->json->{title}, 'Page', 'with headers of the client');
my ($request) = ($o->requests('/page'))[-1];
ok(!exists $request->{header}{$_}, "$_ is not sent on")
    for qw(cookie authorization x-mine if-none-match accept-encoding range);
is($request->{header}{via}, '1.1 urlmeta', 'Via');
like($request->{header}{'user-agent'}, qr/^ngx_urlmeta/, 'User-Agent');
is($request->{query}, 'x=A&y=1', 'query');
is($request->{header}{'x-request-uri'}, '/page?x=A&y=1', '$request_uri');

is($n->card('/page', arguments => '&format=html')->{header}{'content-type'},
   'text/html; charset=utf-8', 'another format');
$r = $n->head('/card?url=/page');
is($r->{code}, 200, 'HEAD');
ok($r->{header}{'content-length'} > 100, 'HEAD: length');

# answers

is($n->card('/gzip')->json->{title}, 'Page', 'gzip');
is($n->card('/cut')->json->{title}, 'Page', 'cut off');
is($n->card('/empty')->{code}, 200, 'empty');
$r = $n->card('/404');
is($r->{code}, 404, 'a 404');
is($r->json->{upstream_status}, 404, 'a 404: status');
is($n->card('/files/')->json->{title}, 'Page', 'a file');
is($n->card('/files/none')->{code}, 404, 'no file');
$r = $n->card('/to');
is($r->json->{title}, 'Page', 'a redirect');
is($r->json->{effective_url}, 'http://localhost/page?a=b',
   'a redirect: where to');
is(scalar @{$r->json->{http}{redirects}}, 1, 'a redirect: one');
is($n->card('/away')->json->{code}, 'redirect_denied',
   'a redirect to elsewhere');
is($n->card('/again')->json->{code}, 'redirect_limit', 'no end of redirects');
is($o->count('/again'), 6, 'six were asked');

# access

is($n->card('/internal/secret.html')->json->{upstream_status}, 404,
   'internal');
is($n->card('/denied/x')->json->{upstream_status}, 403, 'deny');
is($n->card('/basic/x')->json->{upstream_status}, 401, 'auth_basic');
is($n->card('/asked/x')->{code}, 200, 'auth_request: allowed');
is($n->card('/refused/x')->json->{upstream_status}, 403,
   'auth_request: refused');
is($n->card('/any/x')->{code}, 200, 'satisfy any');
is($n->card($_)->{code}, 502, "$_: as the location it is")
    for '/%64enied/x', '/x/../denied/x', '/x/%2e%2e/denied/x',
        '/./denied/x', '/.//denied/x', 'http://localhost//denied/x';
is($o->count('/denied/x'), 0, 'nobody read it');

# loops

is($n->card('/card?url=/page')->json->{code}, 'loop_detected',
   'a card of a card');
is($n->card('/card-page/x')->json->{title}, 'Page',
   'a page that would be its card');
$r = $n->card('/ssi.html');
is($r->json->{title}, 'One', 'a page that includes cards');

# the cache

$n->card('/c1', location => '/cached') for 1 .. 2;
is($o->count('/c1'), 1, 'cached');
is(($o->requests('/c1'))[0]{header}{'user-agent'}, 'local reader',
   'urlmeta_user_agent');
$n->get('/tapped/x');
$r = $n->card('/tapped/x', location => '/cached');
is($r->json->{title}, 'Page', 'what was tapped');
is($o->count('/tapped/x'), 1, 'is not read again');

my @r = $n->parallel(('/cached?url=/slow') x 10);
is(scalar(grep { $_->{code} == 200 && $_->json->{title} eq 'Page' } @r), 10,
   'ten at once');
is($o->count('/slow'), 1, 'one reads');

my $c = $n->connect;
$c->send($c->message('GET', '/cached?url=/leader'));
wait_for(sub { $o->count('/leader') == 1 }, 5);
my $c2 = $n->connect;
$c2->send($c2->message('GET', '/cached?url=/leader'));
select undef, undef, undef, 0.2;
$c->close;
is($c2->response->{code}, 200, 'the leader leaves: another one leads');
is($o->count('/leader'), 2, 'and reads');
$c2->close;

$c = $n->connect;
is($c->get('/card?url=/page')->{code}, 200, "keep-alive: $_") for 1 .. 3;
$c->send(join '', map { $c->message('GET', "/card?url=/p$_", keepalive => 1) }
                  1 .. 3);
is($c->response->json->{requested_url}, "http://localhost/p$_",
   "pipelining: $_") for 1 .. 3;
$c->close;

# SSI

$r = $n->get('/ssi.html');
like($r->{body}, qr{^<title>One</title><p><article.*</article></p>
                    <i><article.*</article></i>$}sx, 'included');

# discovery

$r = $n->get('/found/a?b=c&d');
is($r->{header}{link}, '</oembed?url=http%3A%2F%2Flocalhost%2Ffound%2Fa%3Fb%3D'
   . 'c%26d&format=json>; rel="alternate"; type="application/json+oembed"',
   'discovery');
is($r->{body}, $html, 'discovery: the page');
like($n->get('/found-more/a')->{header}{link}, qr{^</oembed\?x=1&url=},
     'discovery: another argument');
like($n->head('/found/a')->{header}{link}, qr/oembed/, 'discovery: HEAD');
ok(!exists $n->get('/page')->{header}{link}, 'no discovery');
$r = $n->get('/found-card/x');
is($r->{header}{'content-type'}, 'text/html; charset=utf-8', 'a card');
ok(!exists $r->{header}{link}, 'of which there is none to discover');

is(scalar(my @w = $n->logged(qr/\[alert\]/)), 0, 'no alert');

done_testing();
