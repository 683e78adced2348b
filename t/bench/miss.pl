#!/usr/bin/perl

# Load of 200 distinct URLs: first with the cache off, where every request is a
# fetch (or joins one that is under way), then with the cache on.
#
#     t/bench/miss.pl [--seconds=10] [--connections=64] [--urls=200]
#
# Prints what was answered, the worker's memory at second 2 and at the end, and
# its open files before and after.  A benchmark and no test: it ends with 0
# whatever it measures.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);
use Time::HiRes qw(sleep);

my ($seconds, $connections, $urls) = (10, 64, 200);

GetOptions('seconds=i' => \$seconds, 'connections=i' => \$connections,
           'urls=i' => \$urls)
    && !@ARGV && $seconds > 2 && $urls > 0
    or die "usage: t/bench/miss.pl [--seconds=N] [--connections=N] "
           . "[--urls=N], with 3 seconds at least\n";

die "t/bench/miss.pl needs wrk\n"
    if !grep { -x "$_/wrk" } split /:/, $ENV{PATH};

my $demo = project_root() . '/conf-examples/quickstart/demo';
my @pages = map { s{.*/}{}r } sort glob "$demo/*.html";

my $origin = nginx(<<"EOF", module => 0, debug => 0, access_log => 0);
    root $demo;
    types { text/html html; }
    default_type application/octet-stream;
    keepalive_requests 100000000;
    gzip on;
EOF

my $nginx = nginx(<<"EOF", debug => 0, access_log => 0);
    keepalive_requests 100000000;
    urlmeta_allow @{[$origin->address]};
    location = /off {
        urlmeta \$arg_url;
    }
    location = /on {
        urlmeta \$arg_url;
        urlmeta_cache cards;
    }
EOF

my ($worker) = $nginx->worker_pids;


sub load {
    my ($location) = @_;

    my $script = temp_dir() . '/load.lua';
    my @list = map {
        my $page = $pages[$_ % @pages];
        '"' . "$location?url=" . url_encode($origin->url("/$page?n=$_")) . '"';
    } 1 .. $urls;

    write_file($script, 'local list = {' . join(', ', @list) . "}\n" . <<'EOF');
local n = 0

function request()
    n = n % #list + 1
    return wrk.format("GET", list[n])
end

function done(summary, latency)
    local e = summary.errors
    print(string.format("@ %d %d %d %d %d", summary.requests, e.status,
                        e.connect + e.read + e.write + e.timeout,
                        latency:percentile(50), latency:percentile(99)))
end
EOF

    my $files = $nginx->open_files($worker);
    my $cpu = $nginx->cpu_time($worker);

    my $output = temp_dir() . '/wrk.out';
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        open STDOUT, '>', $output;
        open STDERR, '>&', \*STDOUT;
        exec 'wrk', '-t1', "-c$connections", "-d${seconds}s", '-s', $script,
             'http://' . $nginx->address;
    }

    sleep 2;
    my $rss_2 = $nginx->rss($worker);
    sleep $seconds - 2.2;
    my $rss_end = $nginx->rss($worker);

    waitpid $pid, 0;

    my $text = read_file($output);
    my ($n, $bad, $broken, $p50, $p99) =
        $text =~ /^@ (\d+) (\d+) (\d+) (\d+) (\d+)/m
        or die "wrk: $text\n";

    $cpu = $nginx->cpu_time($worker) - $cpu;

    # the clients are gone by now, the last fetches end within moments
    wait_for(sub { $nginx->open_files($worker) <= $files }, 15);

    return {n => $n, bad => $bad, broken => $broken, p50 => $p50, p99 => $p99,
            cpu => $cpu, rss_2 => $rss_2, rss_end => $rss_end,
            files => $files, after => $nginx->open_files($worker)};
}


my @ways = (['cache off', '/off'], ['cache on', '/on']);

for my $way (@ways) {
    my $r = $nginx->card($origin->url('/article.html'), location => $way->[1]);
    die "no card: $r->{code} $r->{body}\n" if $r->{code} != 200;
}

my @rows = map { [$_->[0], load($_->[1])] } @ways;

print "one worker, $urls URLs, $connections connections, $seconds s each\n\n";
printf "%-10s %9s %8s %8s %7s %8s %8s %7s %16s %9s\n", '', 'requests',
       'per s', 'non-2xx', 'broken', 'p50 ms', 'p99 ms', 'CPU us',
       'RSS KB, 2 s/end', 'files';

for (@rows) {
    my ($name, $r) = @$_;
    printf "%-10s %9d %8d %8d %7d %8.2f %8.2f %7.1f %16s %9s\n", $name,
           $r->{n}, $r->{n} / $seconds, $r->{bad}, $r->{broken},
           $r->{p50} / 1000, $r->{p99} / 1000, 1e6 * $r->{cpu} / $r->{n},
           "$r->{rss_2}/$r->{rss_end}", "$r->{files}/$r->{after}";
}

my @alerts = $nginx->logged(qr/\[(?:alert|emerg|crit)\]/);
print "\n", scalar @alerts, " alerts\n", map { "    $_\n" } @alerts;
