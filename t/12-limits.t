#!/usr/bin/perl

# Limits of time, size and number.

use lib 't/lib';
use UrlMeta::Test;

use Time::HiRes qw(sleep time);

my $head = '<html><head><title>Head</title></head><body>';

my $o = origin(
    '/page' => [200, 'text/html', "$head</body></html>"],
    '/silent' => 'hang',
    '/late' => [200, 'text/html', $head, {delay => 0.6}],
    '/hangs' => [200, 'text/html', [$head], {hang => 1}],
    '/hangs-empty' => [200, 'text/html', [''], {hang => 1}],
    '/drip' => sub {
        my ($socket) = @_;
        my $head = "HTTP/1.1 200 OK\r\nX-Slow: " . ('x' x 1000);
        for (split //, $head) {
            syswrite $socket, $_ or last;
            sleep 0.1;
        }
        return 'done';
    },
    '/huge' => sub {
        my ($socket) = @_;
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
                          . '<title>Huge</title>';
        my $piece = '<p>' . 'x' x 60000;
        for (1 .. 200) {
            syswrite $socket, $piece or last;
        }
        return 'done';
    },
    '/long-header' => [200, {'X-Long' => 'x' x 40000}, $head],
    '/huge-header' => [200, {'X-Long' => 'x' x 200000}, $head],
    '/many-headers' => [200, [map { ("X-$_" => 'x') } 1 .. 200], $head],
    '/interim' => sub {
        my ($socket) = @_;
        for (1 .. 10000) {
            syswrite $socket, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"
                or last;
        }
        return 'done';
    },
    '/two-lengths' => \("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                        . "Content-Length: 6\r\n\r\nabcdef"),
    '/te-and-cl' => \("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                      . "Content-Length: 6\r\n\r\n0\r\n\r\n"),
    '/http09' => \"hello\r\n",
    '/status-999' => \"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
    '/status-9999' => \"HTTP/1.1 9999 What\r\nContent-Length: 0\r\n\r\n",
    '/101' => \("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
                . "Connection: upgrade\r\n\r\n"),
    '/nul' => \"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    '/short' => \("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                  . "Content-Length: 1000\r\n\r\n$head"),
    '/short-empty' => \("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                        . "Content-Length: 1000\r\n\r\n"),
    '/206' => [206, 'text/html', $head],
);

my $n = nginx(<<"EOF", http => 'urlmeta_max_fetches 4;');
    @{[allow($o)]}
    urlmeta_log_level warn;

    location /card {
        urlmeta \$arg_url;
        urlmeta_read_timeout 1s;
        urlmeta_timeout 5s;
        urlmeta_cache cards;
    }

    location /total {
        urlmeta \$arg_url;
        urlmeta_read_timeout 5s;
        urlmeta_timeout 700ms;
    }

    location /small {
        urlmeta \$arg_url;
        urlmeta_max_body_size 100k;
        urlmeta_max_header_size 1k;
    }

    location /wide {
        urlmeta \$arg_url;
        urlmeta_max_header_size 100k;
    }
EOF

my ($r, $start);

# time: the upper bounds are wide, the lower ones are exact

for (['/silent', 1], ['/drip', 1], ['/hangs-empty', 1]) {
    my ($path, $limit) = @$_;
    $start = time;
    $r = $n->card($o->url($path));
    my $took = time - $start;
    is($r->{code}, 504, "$path: status");
    is($r->json->{code}, 'upstream_timeout', "$path: code");
    ok($took > $limit - 0.1 && $took < $limit + seconds(1.5),
       "$path: after urlmeta_read_timeout") or diag($took);
}

$start = time;
$r = $n->card($o->url('/silent'), location => '/total');
my $took = time - $start;
is($r->json->{code}, 'upstream_timeout', 'urlmeta_timeout: code');
ok($took > 0.6 && $took < 0.7 + seconds(3), 'urlmeta_timeout: after it')
    or diag($took);

is($n->card($o->url('/late'))->{code}, 200, 'slow, but in time');

$r = $n->card($o->url('/hangs'));
is($r->{code}, 200, 'a page that hangs after its head is a card');
is($r->json->{title}, 'Head', 'of what came');
ok($r->json->{http}{truncated}, 'and says so');
like($r->{header}{'cache-control'}, qr/max-age=(?:[1-5]?\d|60)$/,
     'it is kept for a minute at most');

# size

$r = $n->card($o->url('/huge'), location => '/small');
is($r->{code}, 200, 'too long a page is a card');
is($r->json->{title}, 'Huge', 'its title');
ok($r->json->{http}{truncated}, 'truncated');
is($r->json->{http}{bytes}, 100 * 1024, 'read to the limit');

for (['/long-header', '/card'], ['/huge-header', '/card'],
     ['/huge-header', '/wide'], ['/many-headers', '/card'],
     ['/interim', '/card'])
{
    my ($path, $location) = @$_;
    $r = $n->card($o->url($path), location => $location);
    is($r->{code}, 502, "$path: status");
    is($r->json->{code}, 'header_too_large', "$path: code");
}

is($n->card($o->url('/long-header'), location => '/wide')->{code}, 200,
   'urlmeta_max_header_size');

# messages that are none

for (qw(/two-lengths /te-and-cl /http09 /status-9999 /101 /nul /206)) {
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'protocol_error', "$_: code");
}

$r = $n->card($o->url('/status-999'));
is($r->{code}, 502, 'a status that is none: 502');
is($r->json->{code}, 'upstream_status', 'and an error of the origin');
is($r->json->{upstream_status}, 999, 'as it was sent');

$r = $n->card($o->url('/short'));
is($r->{code}, 200, 'fewer bytes than promised, but a head');
ok($r->json->{http}{truncated}, 'truncated');

$r = $n->card($o->url('/short-empty'));
is($r->{code}, 502, 'none of the bytes promised');
is($r->json->{code}, 'incomplete', 'incomplete');

# number: four run, what waits longer than two seconds is told so

my @uris = map { '/total?url=' . url_encode($o->url("/silent?$_")) } 1 .. 8;
my %code;
$code{$_->json->{code}}++ for $n->parallel(@uris);
is_deeply(\%code, {upstream_timeout => 8}, 'eight at four a time');

@uris = map { '/card?url=' . url_encode($o->url("/silent?$_")) } 1 .. 16;
%code = ();
$start = time;
my @r = $n->parallel(@uris);
$code{$_->json->{code}}++ for @r;

# two rounds of one second, and the others have waited for two by then
ok($code{busy} && $code{upstream_timeout}
   && $code{busy} + $code{upstream_timeout} == 16, 'sixteen: some are busy')
    or diag(join ' ', %code);
my ($busy) = grep { $_->json->{code} eq 'busy' } @r;
is($busy->{code}, 503, 'busy is 503');
like($busy->{header}{'retry-after'}, qr/^\d+$/, 'with Retry-After');
ok($busy->{time} > 1.9, 'after two seconds');

is($n->card($o->url('/page?again'))->{code}, 200, 'and then it goes on');

# an origin that never answers: hits of the same worker take their usual time

my $hit = '/card?url=' . url_encode($o->url('/page'));

sub hits {
    my $c = $n->connect;
    my @took;

    for (1 .. 200) {
        my $start = time;
        die 'no hit' if $c->get($hit)->{code} != 200;
        push @took, time - $start;
    }

    $c->close;
    @took = sort { $a <=> $b } @took;
    return $took[@took / 2];
}

my $usual = hits();
my @waiting = map {
    my $c = $n->connect;
    $c->send($c->message('GET', '/card?url='
                         . url_encode($o->url("/silent?hit$_"))));
    $c;
} 1 .. 4;
my $meanwhile = hits();

is(scalar(grep { $_->response->{code} == 504 } @waiting), 4,
   'four wait for an origin that never answers');
ok($meanwhile < 10 * $usual + seconds(0.01), 'hits take their time meanwhile')
    or diag("$meanwhile $usual");
diag(sprintf 'a hit: %.3f ms, beside an origin that hangs %.3f ms, '
             . 'ratio %.2f', 1000 * $usual, 1000 * $meanwhile,
     $meanwhile / $usual);

# few connections: clients keep theirs, fetches are refused, nothing breaks

my $few = nginx(<<"EOF", connections => 50);
    @{[allow($o)]}
    location /card { urlmeta \$arg_url; urlmeta_read_timeout 1s; }
EOF

@r = $few->parallel(map { '/card?url=' . url_encode($o->url("/silent?$_")) }
                    1 .. 24);
%code = ();
$code{$_->{code}}++ for @r;
is($code{503} + $code{504}, 24, 'few worker_connections: all are answered');
ok($code{503}, 'some are busy') or diag(join ' ', %code);
is($few->card($o->url('/page'))->{code}, 200, 'and then it goes on');

ok($n->logged(qr/\[warn\].*urlmeta: fetch of .* failed: upstream_timeout/),
   'urlmeta_log_level');

done_testing();
