#!/usr/bin/perl

# Ten times as many misses as can be fetched: what hits notice of it, and what
# the misses are told.
#
#     t/bench/overload.pl [--seconds=10] [--connections=8] [--fetches=16]
#
# A benchmark and no test: it measures and prints, and never fails by time.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);
use Time::HiRes qw(sleep time);

my ($seconds, $connections, $fetches) = (10, 8, 16);

GetOptions('seconds=i' => \$seconds, 'connections=i' => \$connections,
           'fetches=i' => \$fetches)
    && !@ARGV && $seconds > 2 && $fetches > 0
    or die "usage: t/bench/overload.pl [--seconds=N] [--connections=N] "
           . "[--fetches=N], with 3 seconds at least\n";

die "t/bench/overload.pl needs wrk\n"
    if !grep { -x "$_/wrk" } split /:/, $ENV{PATH};

my $delay = 0.2;
my $capacity = $fetches / $delay;

my $origin = origin('/hit' => [200, 'text/html', '<title>Hit</title>'],
                    '*' => [200, 'text/html', '<title>Page</title>',
                            {delay => $delay}]);

my $nginx = nginx(<<"EOF", http => "urlmeta_max_fetches $fetches;",
    keepalive_requests 100000000;
    urlmeta_log_level info;
    urlmeta_cache cards;
    urlmeta_cache_valid 200 1d;
    location /card { urlmeta \$arg_url; @{[allow($origin)]} }
EOF
                  debug => 0, access_log => 0, connections => 8192);

my $hit = '/card?url=' . url_encode($origin->url('/hit'));
die "no card\n" if $nginx->get($hit)->{code} != 200;


# Milliseconds of the median and the 99th percentile, and requests a second.

sub hits {
    my ($code, $output) = run($seconds + 30, 'wrk', '-t1', "-c$connections",
                              "-d${seconds}s", '--latency',
                              'http://' . $nginx->address . $hit);
    my %unit = (us => 0.001, ms => 1, s => 1000);
    my ($p50, $p99) = map {
        $output =~ /\b$_%\s+([\d.]+)(us|ms|s)/ ? $1 * $unit{$2} : -1
    } 50, 99;
    my ($rate) = $output =~ m{Requests/sec:\s+([\d.]+)};

    die "wrk: $output\n" if $code != 0 || !$rate;
    return ($p50, $p99, $rate);
}


# New addresses at ten times the capacity, each by a client of its own.

sub misses {
    my ($file) = @_;
    my ($sent, $start, @client, %code) = (0, time);

    while (time < $start + $seconds + 1) {
        my $n = int(10 * $capacity * (time - $start)) - $sent;

        for (1 .. $n) {
            my $c = $nginx->connect or ($code{'no connection'}++, next);
            $c->send($c->message('GET', '/card?url='
                                 . url_encode($origin->url('/' . ++$sent))));
            push @client, $c;
        }

        sleep 0.02;
    }

    for (@client) {
        my $r = $_->response;
        my $code = $r->{code} == 200 ? '200'
                 : $r->json ? $r->{code} . ' ' . $r->json->{code}
                 : "none: $r->{error}";
        $code .= ' without Retry-After'
            if $r->{code} == 503 && !$r->{header}{'retry-after'};
        $code{$code}++;
        $_->close;
    }

    write_file($file, join '', map { sprintf "%8d  %s\n", $code{$_}, $_ }
                               sort keys %code);
    return;
}


my @alone = hits();
my $file = temp_dir() . '/codes';
my $pid = fork;
die "fork: $!\n" if !defined $pid;

if ($pid == 0) {
    eval { misses($file); 1 } or write_file($file, "failed: $@");
    require POSIX;
    POSIX::_exit(0);
}

sleep 1;
my @loaded = hits();
waitpid $pid, 0;

printf "hits%24s %10s %12s\n", 'p50 ms', 'p99 ms', 'requests/s';
printf "%-16s %11.2f %10.2f %12.0f\n", 'alone', @alone;
printf "%-16s %11.2f %10.2f %12.0f\n", 'with misses', @loaded;
printf "%-16s %11.2f %10.2f %12.2f\n", 'ratio',
       map { $loaded[$_] / $alone[$_] } 0 .. 2;
printf "\nmisses, %.0f a second for %.0f that can be fetched:\n%s",
       10 * $capacity, $capacity, read_file($file);
