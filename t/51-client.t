#!/usr/bin/perl

# What clients see of the cache: Age, Cache-Control, entity tags, 304; and what
# they may say, which is little.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/page' => [200, ['Content-Type' => 'text/html',
                      'Cache-Control' => 'max-age=900', Age => '300'],
                '<title>page</title><p>text'],
    '/other' => [200, ['Content-Type' => 'text/html',
                       'Cache-Control' => 'max-age=900'],
                 '<title>other</title><p>text'],
    '/head' => [200, 'text/html', '<title>head</title><p>text'],
    '/private' => [200, ['Content-Type' => 'text/html',
                         'Cache-Control' => 'private, max-age=900'],
                   '<title>private</title><p>text'],
    '/404' => [404, 'text/html', ''],
    '/busy' => [503, ['Retry-After' => '120'], ''],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    add_header X-Age \$urlmeta_age always;

    location /card { urlmeta \$arg_url; }
    location /html { urlmeta \$arg_url; urlmeta_format html; }
    location /auto { urlmeta \$arg_url; urlmeta_format auto; }
    location /private { urlmeta \$arg_url; urlmeta_cache_control private; }
    location /other-key {
        urlmeta \$arg_url;
        urlmeta_cache_key two:\$urlmeta_url;
    }
    location /off { urlmeta \$arg_url; urlmeta_cache off; }
EOF

my $url = $o->url('/page');

sub page {
    my ($headers, %option) = @_;
    return $n->card($url, headers => $headers || {}, %option);
}

# Age and Cache-Control

my $r = page();
my $start = time;
my $tag = $r->{header}{etag};
my $body = $r->{body};

is($r->{header}{'x-cache'}, 'MISS', 'a miss');
like($tag, qr/^"[0-9a-f]{16}"$/, 'a strong tag');
ok($r->{header}{age} >= 300 && $r->{header}{age} <= 305,
   'the age of the page is that of the card');
my ($left) = $r->{header}{'cache-control'} =~ /^public, max-age=(\d+)$/;
ok($left <= 600 && $left >= 595, 'max-age is what is left');

select undef, undef, undef, 2.1;

$r = page();
my $age = $r->{header}{age};
my ($now_left) = $r->{header}{'cache-control'} =~ /max-age=(\d+)/;
is($r->{header}{'x-cache'}, 'HIT', 'a hit');
ok($age >= 302 && $age <= 302 + time - $start, 'is older');
ok($now_left <= $left - 2, 'and has less left');
ok(abs($now_left + $age - 900) <= 1, 'of the same time: '
   . "$now_left and $age");
is($r->{header}{'x-age'}, $age, '$urlmeta_age');
is($r->{header}{etag}, $tag, 'the same tag');
is($r->{body}, $body, 'the same bytes');
is(scalar(grep { lc $_->[0] eq 'age' } @{$r->{headers}}), 1, 'one Age');
is(scalar(grep { lc $_->[0] eq 'cache-control' } @{$r->{headers}}), 1,
   'one Cache-Control');
ok(!defined $r->{header}{'set-cookie'}, 'no cookie');
ok(!defined $r->{header}{vary}, 'no Vary: one card for all');

$r = $n->card($url, location => '/private');
like($r->{header}{'cache-control'}, qr/^private, max-age=/, 'private');

$r = $n->card($o->url('/private'));
like($r->{header}{'cache-control'}, qr/max-age=(?:60|5\d)$/,
     'a private page has the shield alone');

$r = $n->card($o->url('/other'), location => '/off');
like($r->{header}{'cache-control'}, qr/max-age=(?:900|89\d)$/,
     'without a cache the page says how long, too');
is($r->{header}{'x-cache'}, undef, 'but has no status');

# a client's wish to ask the origin is nobody's command

for my $header (
    ['Cache-Control' => 'no-cache'],
    ['Cache-Control' => 'no-store'],
    ['Cache-Control' => 'max-age=0'],
    ['Cache-Control' => 'max-age=1'],
    ['Cache-Control' => 'min-fresh=100000'],
    ['Cache-Control' => 'only-if-cached'],
    ['Cache-Control' => 'max-stale=0'],
    ['Pragma' => 'no-cache'],
    ['Cache-Control' => 'no-cache', 'Pragma' => 'no-cache'],
    ['Cookie' => 'session=1'],
    ['Authorization' => 'Basic eDp5'],
    ['Accept-Encoding' => 'br'],
    ['User-Agent' => 'x'],
    ['Range' => 'bytes=0-9'],
    ['If-Modified-Since' => 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['If-Range' => '"x"', 'Range' => 'bytes=0-9'],
) {
    $r = page($header);
    is("$r->{code} $r->{header}{'x-cache'}", '200 HIT',
       "a client with $header->[0]: $header->[1]");
    is($r->{body}, $body, 'gets the card');
}

is($o->count('/page'), 1, 'and the origin was asked once');

# If-None-Match

for (
    [304, $tag, 'the tag'],
    [304, "W/$tag", 'the tag, weak'],
    [304, '*', 'any'],
    [304, qq("a", $tag), 'a list, last'],
    [304, qq($tag, "a"), 'a list, first'],
    [304, qq("a",$tag,"b"), 'a list without blanks'],
    [304, qq(W/"a", W/$tag), 'a list of weak ones'],
    [200, '"a"', 'another tag'],
    [200, qq("a", "b"), 'other tags'],
    [200, substr($tag, 1, -1), 'the tag without quotes'],
    [200, substr($tag, 0, -2) . '"', 'a part of it'],
    [200, '""', 'an empty one'],
) {
    my ($code, $value, $name) = @$_;
    $r = page({'If-None-Match' => $value});
    is($r->{code}, $code, "If-None-Match: $name");
    is($r->{body}, $code == 304 ? '' : $body, 'with or without a body');
    is($r->{header}{etag}, $tag, 'and the tag');
    next if $code == 200;
    ok(defined $r->{header}{age}
       && $r->{header}{'cache-control'} =~ /^public, max-age=\d+$/,
       'and Age and Cache-Control');
    ok(!defined $r->{header}{'content-type'}
       && !defined $r->{header}{'content-length'},
       'and nothing of a body');
}

my $date = 'Sun, 06 Nov 1994 08:49:37 GMT';

$r = page(['If-None-Match' => $tag, 'If-Modified-Since' => $date]);
is($r->{code}, 304, 'a card has no date: If-Modified-Since does not count');
$r = page(['If-None-Match' => '"a"', 'If-Modified-Since' => $date]);
is($r->{code}, 200, 'in any case');
$r = page(['If-Unmodified-Since' => $date]);
is($r->{code}, 200, 'nor does If-Unmodified-Since');
is(page(['If-Match' => $tag])->{code}, 200, 'If-Match: the tag');
is(page(['If-Match' => '"a"'])->{code}, 412, 'If-Match: another');

$r = $n->card($o->url('/new'), headers => {'If-None-Match' => '*'});
is($r->{code}, 404, 'an error is no 304');

$r = $n->card($o->url('/page'), location => '/other-key',
              headers => {'If-None-Match' => $tag});
is($r->{header}{'x-cache'}, 'MISS', 'a card that is fetched');

# each format has its own tag

$r = $n->card($url, location => '/html');
is($r->{header}{'x-cache'}, 'HIT', 'another format is a hit');
isnt($r->{header}{etag}, $tag, 'with another tag');
ok($r->{header}{age} >= 302, 'and the same age');
my $html = $r->{header}{etag};
is($n->card($url, location => '/html',
            headers => {'If-None-Match' => $html})->{code}, 304,
   'which is its own');
is($n->card($url, location => '/html',
            headers => {'If-None-Match' => $tag})->{code}, 200,
   'and no other');

$r = $n->card($url, location => '/auto', headers => {Accept => 'text/html'});
is($r->{header}{etag}, $html, 'negotiated: the same card');
like($r->{header}{vary}, qr/Accept/, 'and Vary');
$r = $n->card($url, location => '/auto', headers =>
              {Accept => 'text/html', 'If-None-Match' => $html});
is($r->{code}, 304, 'negotiated: 304');
like($r->{header}{vary}, qr/Accept/, 'has Vary, too');

# HEAD

my $uri = '/card?url=' . url_encode($o->url('/head'));
my $c = $n->connect;
$r = $c->request('HEAD', $uri);
is($r->{code}, 200, 'HEAD');
is($r->{header}{'x-cache'}, 'MISS', 'fetches');
my $length = $r->{header}{'content-length'};
my $get = $c->get($uri);
is($get->{header}{'x-cache'}, 'HIT', 'GET has what HEAD fetched');
is(length $get->{body}, $length, 'of the length that HEAD said');
$r = $c->request('HEAD', $uri);
is($r->{header}{'x-cache'}, 'HIT', 'HEAD has it, too');
is($r->{header}{etag}, $get->{header}{etag}, 'with its tag');
$r = $c->request('HEAD', $uri,
                 headers => {'If-None-Match' => $get->{header}{etag}});
is($r->{code}, 304, 'HEAD: 304');
is($c->get($uri)->{code}, 200, 'the connection goes on');
$c->close;
is($o->count('/head'), 1, 'one request at the origin');
is(($o->requests('/head'))[0]{method}, 'GET', 'by GET');

for my $method (qw(POST PUT DELETE OPTIONS PATCH)) {
    $r = $n->request($method, $uri);
    is($r->{code}, 405, "$method is not allowed");
}

is($r->{header}{allow}, 'GET, HEAD', 'Allow');
is($n->get($uri)->{header}{'x-cache'}, 'HIT', 'and changes nothing');

# errors

for my $path ('/404', '/busy') {
    for my $status ('MISS', 'HIT') {
        $r = $n->card($o->url($path));
        is($r->{header}{'x-cache'}, $status, "an error: $status");
        is($r->{header}{'cache-control'}, 'no-store',
           'is for nobody to keep');
        is($r->{header}{etag}, undef, 'has no tag');
        is($r->{header}{age}, undef, 'and no age');
    }
}

done_testing();
