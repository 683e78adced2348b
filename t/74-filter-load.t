#!/usr/bin/perl

# Many who want one card: one asks for the page, whatever becomes of workers.

use lib 't/lib';
use UrlMeta::Test;

my $type = 'text/html; charset=utf-8';
my $html = '<title>Page</title>';

my $o = origin(
    '/crowd' => [200, $type, $html, {delay => seconds(5)}],
    '/killed' => [200, $type, $html, {delay => 2}],
    '*' => [200, $type, $html],
);

my $up = 'proxy_pass http://' . $o->address . '; proxy_read_timeout 300s;';

my $n = nginx(<<"EOF", workers => 2, connections => 8192, debug => 0);
server {
    listen 127.0.0.1:%%PORT_0%% http2 reuseport;
    listen 127.0.0.1:%%PORT%% reuseport;
    http2_max_concurrent_streams 1000;

    location / {
        $up
        urlmeta_filter card;
        urlmeta_cache cards;
    }
}
EOF

SKIP: {
    skip 'no h2load', 3 if (run(5, 'sh', '-c', 'command -v h2load'))[0] != 0;

    my $all = sanitized() ? 2000 : 10_000;
    my ($code, $output) = run(seconds(60), 'h2load', '-n', $all, '-c', 100,
                              '-m', 100,
                              'http://127.0.0.1:' . $n->port(0) . '/crowd');

    is($code, 0, 'h2load') or diag($output);
    like($output, qr/status codes: $all 2xx/, "$all at once: all have a card")
        or diag($output);
    is($o->count('/crowd'), 1, 'the page was asked for once');
}

# a worker is killed that reads the page, or one that waits for it

my @clients = map { scalar $n->connect } 1 .. 40;
$_->send($_->message('GET', '/killed')) for @clients;
wait_for(sub { $o->count('/killed') }, 5);
select undef, undef, undef, 0.3;
$n->kill_worker;

my ($good, $lost, $other) = (0, 0, 0);

for (@clients) {
    my $r = $_->response;
    $good++ if $r->{code} == 200 && $r->json->{title} eq 'Page';
    $lost++ if $r->{code} == 0;
    $other++ if $r->{code} && $r->{code} != 200;
    $_->close;
}

ok($good, "a worker is killed: $good of the other one have the card");
is($other, 0, 'and nobody an error');
cmp_ok($o->count('/killed'), '<=', 2, 'asked twice at most');
is($n->get('/killed')->{code}, 200, 'it is there');

# memory is flat

my ($worker) = $n->worker_pids;
$n->get("/m$_") for 1 .. 50;
my $rss = $n->rss($worker);

for my $i (1 .. 20) {
    my $c = $n->connect or next;
    $c->get("/n$i-$_") for 1 .. 40;
    $c->close;
}

ok(sanitized() || $n->rss($worker) - $rss < 4096, 'memory is flat')
    or diag($n->rss($worker) - $rss, ' KB');

done_testing();
