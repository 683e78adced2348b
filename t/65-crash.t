#!/usr/bin/perl

# kill -9 of a worker under load: the others go on, the zone is right.

use lib 't/lib';
use UrlMeta::Test;

use POSIX qw(_exit);
use Time::HiRes qw(time);

my $o = origin('*' => sub {
    my ($socket, $request) = @_;
    return [200, 'text/html', "<title>$request->{path}</title>"];
});

# a small zone: stores and evictions at every moment

my $zone = 'urlmeta_cache_zone zone=cards:64k;';
my $n = nginx(<<"EOF", workers => 3, debug => 0, http => $zone);
    @{[allow($o)]}
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
EOF

my $kills = $ENV{TEST_URLMETA_KILLS} || 15;
my $dir = temp_dir('clients');
my @client;

for my $k (1 .. 3) {
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        my ($good, $cut, $wrong, $i, $end) = (0, 0, '', 0, time + 60 * $kills);

        while (!-e "$dir/stop" && time < $end) {
            my $path = '/' . (++$i % 40);
            my $r = $n->card($o->url($path));

            if ($r->{code} == 0) {
                $cut++;     # its worker was killed

            } elsif ($r->{code} == 200 && $r->json
                     && $r->json->{title} eq $path)
            {
                $good++;

            } else {
                $wrong .= " $path: $r->{code} $r->{body}\n";
            }
        }

        write_file("$dir/$k", "$good $cut $wrong");
        _exit(0);
    }

    push @client, $pid;
}

for (1 .. $kills) {
    select undef, undef, undef, 0.15;
    my @pids = $n->worker_pids;
    $n->kill_worker($pids[rand @pids]);
}

write_file("$dir/stop", '');
waitpid $_, 0 for @client;

my ($good, $cut, $wrong) = (0, 0, '');

for (1 .. 3) {
    my ($g, $c, $w) = read_file("$dir/$_") =~ /^(\d+) (\d+) (.*)/s;
    $good += $g;
    $cut += $c;
    $wrong .= $w;
}

ok($good > 100, "$good right answers");
is($wrong, '', 'no wrong one');
ok($cut <= 10 * $kills, "$cut were cut off with their worker");

my $r = $n->card($o->url('/end'));
is($r->json->{title}, '/end', 'the next answer is right');
is($n->card($o->url('/end'))->{header}{'x-cache'}, 'HIT', 'and kept');

done_testing();
