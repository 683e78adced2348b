#!/usr/bin/perl

# robots.txt before a page, by RFC 9309.

use lib 't/lib';
use UrlMeta::Test;

my $page = [200, 'text/html', '<title>Page</title>'];
my $text = 'text/plain; charset=utf-8';
my $open = [200, $text, "User-agent: *\nAllow: /\n"];
my $shut = [200, $text, "User-agent: *\nDisallow: /\n"];
my $denied = '403 robots_denied';


# An nginx that asks for robots.txt of these origins.

sub polite {
    my ($origins, $directives, %option) = @_;

    return nginx(<<"EOF", %option);
    @{[allow(@$origins)]}
    urlmeta_robots on;
    urlmeta_cache cards;
    location /card {
        urlmeta \$arg_url;
        $directives
    }
EOF
}


sub code {
    my ($nginx, $url, @more) = @_;
    my $r = $nginx->card($url, @more);
    return $r->{code} == 200 ? 200
         : "$r->{code} " . ($r->json ? $r->json->{code} : '');
}


my $o = origin(
    '/robots.txt' => [200, $text, <<'EOR'],
User-agent: *
Disallow: /

User-agent: Ngx_URLMeta/9
User-agent: other
Disallow: /private
Allow: /private/open$
Disallow: /*?secret=
Crawl-delay: 600
EOR
    '/go' => [302, {Location => '/private/x'}, ''],
    '*' => $page,
);

my $n = nginx(<<"EOF", workers => 2);
    @{[allow($o)]}
    urlmeta_robots on;

    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
    location /bot {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        urlmeta_user_agent "Mozilla/5.0 (compatible; ABot/1.0; +https://x.y/)";
    }
    location /none { urlmeta \$arg_url; }
    location /off {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        urlmeta_robots off;
    }
EOF

is(code($n, $o->url('/a')), 200, 'allowed');
is(code($n, $o->url('/private/a')), $denied, 'disallowed');
is(code($n, $o->url('/private/open')), 200, 'the longer one allows');
is(code($n, $o->url('/%70rivate/b')), $denied, 'escaped or not');
is(code($n, $o->url('/b?secret=1')), $denied, 'a query, and an asterisk');
is(code($n, $o->url('/robots.txt')), 200, 'robots.txt itself');
is(code($n, $o->url('/go')), $denied, 'a redirect on the same host');
is($o->count('/private/x'), 0, 'nobody went there');
is($o->count('/robots.txt'), 2, 'asked for once, and once as a page');

my ($request) = $o->requests('/robots.txt');
is($request->{header}{accept}, 'text/plain,*/*;q=0.5', 'Accept');
like($request->{header}{'user-agent'}, qr{^ngx_urlmeta/\d}, 'User-Agent');
is($request->{header}{via}, '1.1 urlmeta', 'Via');

is(code($n, $o->url('/a'), location => '/bot'), $denied,
   'another name, the group of all');
is(code($n, $o->url('/private/a'), location => '/off'), 200, 'off');

my $before = $o->count;
my $r = $n->card($o->url('/private/a'));
is($r->json->{code}, 'robots_denied', 'remembered');
is($r->json->{url}, $o->url('/private/a'), 'of this URL');
is($o->count, $before, 'nobody was asked');

$before = $o->count('/robots.txt');
is(code($n, $o->url('/c'), location => '/none'), 200, 'no zone');
is(code($n, $o->url('/d'), location => '/none'), 200, 'no zone, again');
is($o->count('/robots.txt'), $before + 2, 'fetched each time');


# One fetch for all, over all workers; who waits for it holds no place.

my $slow = origin('/robots.txt' => [@$open, {delay => 0.5}], '*' => $page);
my $m = polite([$slow], '', workers => 3);

my @r = $m->parallel(map { '/card?url=' . url_encode($slow->url("/$_")) }
                     1 .. 30);
is(scalar(grep { $_->{code} == 200 } @r), 30, 'thirty pages of one host');
is($slow->count('/robots.txt'), 1, 'one robots.txt');

my $one = polite([$slow], 'urlmeta_host_limit rate=1000r/s burst=1000 conn=1;',
                 http => 'urlmeta_max_fetches 1;');
@r = $one->parallel(map { '/card?url=' . url_encode($slow->url("/$_")) }
                    1 .. 5);
is(scalar(grep { $_->{code} == 200 } @r), 5, 'one place, no deadlock')
    or diag(map { "$_->{code} $_->{body}\n" } @r);


# What there is instead of a robots.txt.

my %case = (
    none => [[404, 'text/html', 'none'], 200],
    gone => [[410, 'text/html', 'none'], 200],
    forbidden => [[403, 'text/html', 'none'], 200],
    empty => [[200, $text, ''], 200],
    html => [[200, 'text/html', "<html><body>\nDisallow: /\n"], 200],
    error => [[500, 'text/html', 'none'], $denied],
    away => [[503, 'text/html', 'none'], $denied],
    limited => [[429, 'text/html', 'none'], $denied],
    silent => ['hang', $denied],
    brotli => [[200, {'Content-Type' => $text, 'Content-Encoding' => 'br'},
                'x'], $denied],
    strange => [\"SSH-2.0-x\r\n\r\n", $denied],
    half => [\("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
               . "User-agent: *\nDisallow: /x\n"), $denied],
    closed => ['close', '502 connect_reset'],
    gzip => [[@$shut, {gzip => 1}], $denied],
    bom => [[200, $text, "\xef\xbb\xbfUser-agent: *\rDisallow: /\r"], $denied],
    nolf => [[200, $text, "User-agent: *\r\nDisallow: /"], $denied],
    circle => [[302, {Location => '/robots.txt'}, ''], 200],
    moved => [[301, {Location => '/rules'}, ''], $denied],
    nowhere => [[301, {Location => 'ftp://example.com/'}, ''], $denied],
);

my %host = map {
    $_ => origin('/robots.txt' => $case{$_}[0], '/rules' => $shut,
                 '*' => $page)
} keys %case;

my $c = polite([values %host], 'urlmeta_read_timeout 500ms;');

for (sort keys %case) {
    my $asked = $case{$_}[1] eq '200' ? 1 : 0;
    is(code($c, $host{$_}->url('/page')), $case{$_}[1], "robots.txt: $_");
    is($host{$_}->count('/page'), $asked, "$_: its page, $asked times");
}

is($host{circle}->count('/robots.txt'), 6, 'five redirects');
is(code($c, $host{error}->url('/other')), $denied, 'for a while');
is($host{error}->count('/robots.txt'), 1, 'it is not asked again');


# What is too long is read to 500 KB, and half a line at its end is none.

my $rules = "User-agent: *\nDisallow: /first\n";
$rules .= '# ' . 'x' x 61 . "\n" for 1 .. 7998;
$rules .= '#' . 'x' x (512000 - length($rules) - 2 - 12) . "\n";
is(length $rules, 512000 - 12, 'a long one');

my $big = origin('/robots.txt' => [200, $text, $rules . "Disallow: /last\n"
                                   . "Disallow: /more\n"],
                 '*' => $page);
my $b = polite([$big], '');

is(code($b, $big->url('/first')), $denied, '500 KB: the first');
is(code($b, $big->url('/more')), 200, 'not what is after the end');
is(code($b, $big->url('/l')), 200, 'nor half of a line');


# Each host of a redirect.

my $strict = origin('/robots.txt' => $shut, '*' => $page);
my $lax = origin('/robots.txt' => [404, $text, ''], '*' => $page);
my $from = origin('/robots.txt' => [404, $text, ''],
                  '/strict' => [302, {Location => $strict->url('/x')}, ''],
                  '/lax' => [302, {Location => $lax->url('/x')}, '']);
my $h = polite([$strict, $lax, $from],
               'urlmeta_host_limit rate=1000r/s burst=1000 conn=1;',
               http => 'urlmeta_max_fetches 1;');

is(code($h, $from->url('/strict')), $denied, 'a redirect to a strict host');
is($strict->count('/x'), 0, 'it was not asked');
is(code($h, $from->url('/lax')), 200, 'a redirect to a lax one');
is($lax->count('/robots.txt'), 1, 'after its robots.txt');


# A change of mind: what is denied now is not shown, stale or not.

my $turn = origin('/robots.txt' => $open, '*' => $page);
my $v = polite([$turn], 'urlmeta_cache_valid 200 1s; '
               . 'urlmeta_cache_bypass $arg_fresh;');

is(code($v, $turn->url('/a')), 200, 'before');
$turn->set('/robots.txt' => $shut);
is(code($v, $turn->url('/b')), 200, 'robots.txt is kept');
$v->stop;
$v->start;
is(code($v, $turn->url('/a')), $denied, 'a new zone, the new one');


# The total limit holds, and a client that leaves changes nothing.

my $hang = origin('/robots.txt' => 'hang', '*' => $page);
my $t = polite([$hang], 'urlmeta_timeout 700ms; urlmeta_read_timeout 10s;');

$r = $t->card($hang->url('/a'));
ok($r->{code} >= 403 && $r->{time} < 0.7 + seconds(1), 'the total limit')
    or diag("$r->{code} $r->{time}");

my $left = origin('/robots.txt' => [@$open, {delay => 0.4}], '*' => $page);
my $l = polite([$left], '');
my $client = $l->connect;
$client->send($client->message('GET', '/card?url='
                               . url_encode($left->url('/a'))));
wait_for(sub { $left->count('/robots.txt') }, 5);
$client->reset;
ok(wait_for(sub { $left->count('/a') }, 5), 'the fetch goes on alone');
is(code($l, $left->url('/a')), 200, 'its card is there');
is($left->count('/a'), 1, 'and came of that fetch');


# A worker that ends while one waits; done_testing() looks for what is left.

for my $signal (qw(TERM QUIT)) {
    my $dead = origin('/robots.txt' => 'hang', '*' => $page);
    my $q = polite([$dead], 'urlmeta_read_timeout 1s;');

    $client = $q->connect;
    $client->send($client->message('GET', '/card?url='
                                   . url_encode($dead->url('/a'))));
    ok(wait_for(sub { $dead->count('/robots.txt') }, 5), "$signal: it waits");
    $q->stop($signal);
    $r = $signal eq 'QUIT' ? $client->response : undef;
    is($r->{code}, 403, 'QUIT: answered') if $r;
    $client->close;
}


for ('urlmeta_robots maybe', 'urlmeta_robots_tag 1') {
    my ($ok) = conf_test("$_;\nlocation / { urlmeta \$arg_url; }");
    ok(!$ok, "refused: $_");
}

done_testing();
