#!/usr/bin/perl

# How often a target is asked, however often this server is: a dead URL, a dead
# host, one host under ever new addresses; and what hits notice of too many
# misses.  t/proof/politeness runs the same for a minute.

use lib 't/lib';
use UrlMeta::Test;

use POSIX qw(ceil);
use Time::HiRes qw(sleep time);

my $seconds = $ENV{TEST_URLMETA_POLITE_SECONDS} || 2;
my $rate = $ENV{TEST_URLMETA_POLITE_RATE} || 200;


# So many requests a second, pipelined on one connection: what came back, and
# how long it took.

sub storm {
    my ($nginx, $url) = @_;

    my $client = $nginx->connect;
    my $start = time;
    my ($sent, $slices) = (0, $seconds * 20);
    my (%code, %lacks);

    for my $slice (1 .. $slices) {
        my $n = int($rate * $slice / 20) - $sent;

        $client->send(join '', map {
            $client->message('GET', '/card?url=' . url_encode($url->($_)),
                             keepalive => 1)
        } $sent + 1 .. $sent + $n);

        for (1 .. $n) {
            my $r = $client->response;
            my $code = $r->{code} == 200 ? 200
                     : $r->json ? $r->json->{code} : "none: $r->{error}";
            $code{$code}++;
            $lacks{$code}++ if $r->{code} == 503
                               && !$r->{header}{'retry-after'};
        }

        $sent += $n;

        my $ahead = $start + $slice / 20 - time;
        sleep $ahead if $ahead > 0;
    }

    $client->close;
    my $time = time - $start;

    diag(sprintf '%d requests in %.1f s: %s', $sent, $time,
         join ', ', map { "$code{$_} $_" } sort keys %code);
    is(join(' ', keys %lacks), '', 'Retry-After with each 503');

    return ($sent, $time, \%code);
}


sub server {
    my ($origin, $limit, $more) = @_;

    return nginx(<<"EOF", workers => 2, debug => 0, access_log => 0);
    keepalive_requests 10000000;
    @{[allow($origin)]}
    urlmeta_log_level info;
    urlmeta_cache cards;
    location /card {
        urlmeta \$arg_url;
        urlmeta_host_limit $limit;
    }
EOF
}

# each answers nothing and closes: a request is an attempt

{
    my $dead = origin('*' => 'close');
    my ($sent) = storm(server($dead, 'off'), sub { $dead->url('/one') });
    my $asked = $dead->connections;
    my $most = $seconds < 25 ? 1 : 6;
    ok($asked >= 1 && $asked <= $most,
       "one dead URL, $sent requests: asked $asked times, $most at most");
}

{
    my $dead = origin('*' => 'close');
    my ($sent, $time, $code)
        = storm(server($dead, 'rate=1000r/s burst=10000'),
                sub { $dead->url("/?x=$_[0]") });
    my $asked = $dead->connections;

    # three, then after one second, two more, four more
    my $most = 3 + ceil(log($time + 1) / log 2) + ceil($time / 60);
    ok($asked >= 3 && $asked <= $most,
       "a dead host, $sent URLs: asked $asked times, $most at most");
    is($code->{host_busy}, $sent - $asked, 'the others: host_busy');
}

for (['rate=2r/s burst=4', 4], ['rate=2r/s burst=20', 20]) {
    my ($limit, $burst) = @$_;
    my $alive = origin('*' => [200, 'text/html', '<title>Page</title>']);
    my ($sent, $time, $code) = storm(server($alive, $limit),
                                     sub { $alive->url("/?x=$_[0]") });
    my $asked = $alive->count;
    my $most = $burst + 1 + ceil(2 * $time);
    ok($asked > $burst && $asked <= $most,
       "$limit, $sent URLs of a host: asked $asked times, $most at most");
    is($code->{200}, $asked, 'a card for each');
    is($code->{host_busy}, $sent - $asked, 'the others: host_busy');
}


# More misses than there are places: hits are answered meanwhile.

my $slow = origin('/hit' => [200, 'text/html', '<title>Hit</title>'],
                  '*' => [200, 'text/html', '<title>Slow</title>',
                          {delay => 0.3}]);
my $n = nginx(<<"EOF", http => 'urlmeta_max_fetches 2;');
    @{[allow($slow)]}
    urlmeta_cache cards;
    location /card { urlmeta \$arg_url; }
EOF

is($n->card($slow->url('/hit'))->{code}, 200, 'a card');

my @client;

for (1 .. 60) {
    my $c = $n->connect;
    $c->send($c->message('GET', '/card?url=' . url_encode($slow->url("/$_"))));
    push @client, $c;
}

my $late = 0;
my $end = time + 1.5;
my $hits = 0;

while (time < $end) {
    my $r = $n->card($slow->url('/hit'));
    $hits++;
    $late++ if $r->{code} != 200 || $r->{time} > seconds(0.2);
}

is($late, 0, "$hits hits meanwhile");

my %code;

for (@client) {
    my $r = $_->response;
    my $code = $r->{code} == 200 ? 200 : $r->json ? $r->json->{code} : 0;
    $code .= ' without Retry-After'
        if $r->{code} == 503 && !$r->{header}{'retry-after'};
    $code{$code}++;
    $_->close;
}

ok($code{200} && $code{busy} && $code{200} + $code{busy} == 60,
   'some wait and are answered, the others are told to come again')
    or diag(join ' ', %code);

done_testing();
