#!/usr/bin/perl

# Clients that leave: the fetch lives on for the others, and for the zone.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/slow' => [200, 'text/html', '<title>Slow</title>', {delay => 0.7}],
    '/body' => [200, 'text/html', ['<title>Body</title>', '<p>', '</p>'],
                {chunk_delay => 0.3}],
    '*' => [200, 'text/html', '<title>Storm</title>', {delay => 0.2}],
);

my $n = nginx(<<"EOF", connections => 2048);
    @{[allow($o)]}
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
EOF

my ($worker) = $n->worker_pids;
my $uri = '/card?url=' . url_encode($o->url('/slow'));

$n->card($o->url('/warm'));
my $files = $n->open_files($worker);

# one of two leaves

my $stays = $n->connect;
my $leaves = $n->connect;
$_->send($_->message('GET', $uri)) for $leaves, $stays;
select undef, undef, undef, 0.2;
$leaves->close;
is($stays->response->{code}, 200, 'the other one has its answer');
is($o->count('/slow'), 1, 'of one fetch');
$stays->close;

ok(wait_for(sub { grep { $_->{status} == 499 } $n->access_log }, 5),
   'the one that left is a 499');

# all leave: FIN, RST, half-close, in the request's own segment

for my $how (qw(close reset half at-once)) {
    my $url = $o->url("/left-$how");
    my $c = $n->connect;
    $c->send($c->message('GET', '/card?url=' . url_encode($url)));

    if ($how eq 'half') {
        shutdown $c->socket, 1;

    } elsif ($how eq 'reset') {
        select undef, undef, undef, 0.05;
        $c->reset;

    } else {
        select undef, undef, undef, 0.05 if $how eq 'close';
        $c->close;
    }

    ok(wait_for(sub { $o->count("/left-$how") }, 5), "$how: fetched");

    # it ends without anybody, and the zone has the card
    ok(wait_for(sub {
        return $n->card($url)->{header}{'x-cache'} eq 'HIT';
    }, 5), "$how: kept in the zone");
    is($o->count("/left-$how"), 1, "$how: one fetch");
    $c->close if $how eq 'half';
}

# a storm of them

for my $round (1 .. 3) {
    my @c = map { scalar $n->connect } 1 .. 64;

    for my $k (0 .. $#c) {
        my $url = $o->url('/storm-' . ($k % 8) . "-$round");
        $c[$k]->send($c[$k]->message('GET', '/card?url=' . url_encode($url)));
    }

    select undef, undef, undef, 0.05 * $round;
    $_ % 2 ? $c[$_]->close : $c[$_]->reset for 0 .. $#c;
}

is($n->card($o->url('/after'))->{code}, 200, 'after the storm');
is(($n->worker_pids)[0], $worker, 'by the same worker');

# nobody asks any more: kept connections to the origin are closed, too
ok(wait_for(sub { $n->open_files($worker) <= $files }, 20),
   'descriptors come back') or diag($n->open_files($worker), " $files");

done_testing();
