#!/usr/bin/perl

# The end of a worker: no client is lost, nothing keeps it alive for nothing.

use lib 't/lib';
use UrlMeta::Test;

use Time::HiRes qw(time);

my $o = origin(
    '/slow' => [200, 'text/html', '<title>Slow</title>', {delay => 1.5}],
    '/silent' => 'hang',
    '*' => [200, 'text/html', '<title>Page</title>'],
);

my $conf = <<"EOF";
    @{[allow($o)]}
    urlmeta_read_timeout 30s;
    urlmeta_timeout 30s;
    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
EOF

sub ask {
    my ($n, $path) = @_;
    my $c = $n->connect;
    $c->send($c->message('GET', '/card?url=' . url_encode($o->url($path))));
    return $c;
}

# QUIT with a client that waits

my $n = nginx($conf);
my $c = ask($n, '/slow');
wait_for(sub { $o->count('/slow') }, 5);
my $start = time;
kill 'QUIT', $n->master_pid;
my $r = $c->response;
is($r->{code}, 200, 'QUIT in flight: 200');
is($r->json->{title}, 'Slow', 'QUIT in flight: the card');
ok($n->stop, 'and it ends');

# QUIT of an idle worker with kept connections to an origin

$n = nginx($conf);
$n->card($o->url("/idle-$_")) for 1 .. 3;
$start = time;
$n->stop;
ok(time - $start < seconds(2), 'QUIT idle: at once') or diag(time - $start);

# QUIT with a fetch that nobody waits for

$n = nginx($conf);
$c = ask($n, '/silent');
wait_for(sub { $o->count('/silent') }, 5);
$c->close;
wait_for(sub { grep { $_->{status} == 499 } $n->access_log }, 5);
$start = time;
$n->stop;
ok(time - $start < seconds(3), 'QUIT with a fetch for nobody: at once')
    or diag(time - $start);

# TERM cuts everything off

$n = nginx($conf);
$c = ask($n, '/silent?term');
wait_for(sub { grep { $_->{uri} =~ /term/ } $o->requests }, 5);
$start = time;
$n->stop('TERM');
ok(time - $start < seconds(3), 'TERM in flight: at once')
    or diag(time - $start);

# worker_shutdown_timeout

$n = nginx($conf, main => 'worker_shutdown_timeout 500ms;');
$c = ask($n, '/silent?timeout');
wait_for(sub { grep { $_->{uri} =~ /timeout/ } $o->requests }, 5);
$start = time;
$n->stop;
my $took = time - $start;
ok($took > 0.4 && $took < seconds(5), 'worker_shutdown_timeout')
    or diag($took);

# no http block, and no urlmeta in it

$n = nginx("location / { return 204; }\n");
is($n->get('/')->{code}, 204, 'loaded and not used');
ok($n->reload($conf), 'reload: now used');
is($n->card($o->url('/reload'))->{code}, 200, 'works');
ok($n->reload("location / { return 204; }\n"), 'reload: not used');
is($n->get('/')->{code}, 204, 'works without');

done_testing();
