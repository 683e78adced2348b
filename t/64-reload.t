#!/usr/bin/perl

# Reloads under load lose no request; the zone stays, or starts anew.

use lib 't/lib';
use UrlMeta::Test;

use POSIX qw(_exit);
use Time::HiRes qw(time);

my $o = origin('*' => [200, 'text/html', '<title>Page</title>',
                       {delay => 0.02}]);

my $conf = <<"EOF";
    @{[allow($o)]}
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
    location /miss { urlmeta \$arg_url; }
EOF

my $n = nginx($conf, workers => 2);

$n->card($o->url('/kept'));

# clients, each a process: a connection a request

my $reloads = $ENV{TEST_URLMETA_RELOADS} || 20;
my $dir = temp_dir('clients');
my @client;

for my $k (1 .. 4) {
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        my ($good, $bad, $end, $i, $what) = (0, 0, time + 60 * $reloads, 0, '');

        while (!-e "$dir/stop" && time < $end) {
            my $location = ++$i % 2 ? '/card' : '/miss';
            my $r = $n->card($o->url("/$k/" . $i % 50),
                             location => $location);

            if ($r->{code} == 200) {
                $good++;

            } else {
                $bad++;
                $what .= " $r->{code} " . ($r->{error} || '') . ";";
            }
        }

        write_file("$dir/$k", "$good $bad$what\n");
        _exit(0);
    }

    push @client, $pid;
}

my $done = 0;

for (1 .. $reloads) {
    $done++ if $n->reload;
    select undef, undef, undef, 0.1;
}

write_file("$dir/stop", '');
waitpid $_, 0 for @client;

is($done, $reloads, "$reloads reloads");

my ($good, $bad) = (0, 0);

for (1 .. 4) {
    my ($g, $b, $what) = read_file("$dir/$_") =~ /^(\d+) (\d+)(.*)/;
    $good += $g;
    $bad += $b;
    diag("client $_:$what") if $b;
}

ok($good > 100, "$good requests meanwhile");
is($bad, 0, 'none of them failed');

is($n->card($o->url('/kept'))->{header}{'x-cache'}, 'HIT',
   'a card survived them');

ok($n->wait_old(20), 'no worker stays "shutting down"');

# another size: a new zone

ok($n->reload($conf, http => 'urlmeta_cache_zone zone=cards:2m;'),
   'reload with another size');
is($n->card($o->url('/kept'))->{header}{'x-cache'}, 'MISS',
   'starts with an empty zone');

# a broken configuration changes nothing

expect_alert(qr/unknown format "nonsense"/);
ok(!$n->reload("location / { urlmeta_format nonsense; }"), 'a broken one');
is($n->card($o->url('/kept'))->{header}{'x-cache'}, 'HIT',
   'is refused, and the old one goes on');

done_testing();
