#!/usr/bin/perl

# CPU time of a request that the cache answers, beside "return 200" and a
# proxy_cache hit of the same body, all by one worker of one nginx.
#
#     t/bench/hit.pl [--rounds=5] [--seconds=2] [--connections=32] [--size=1500]
#
# A benchmark and no test: it measures and prints, and never fails by time.
# TEST_URLMETA_NGINX and TEST_URLMETA_MODULE choose the build, as in the tests.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);

my ($rounds, $seconds, $connections, $size) = (5, 2, 32, 1500);

GetOptions('rounds=i' => \$rounds, 'seconds=i' => \$seconds,
           'connections=i' => \$connections, 'size=i' => \$size)
    && !@ARGV && $rounds > 0 && $seconds > 0
    or die "usage: t/bench/hit.pl [--rounds=N] [--seconds=N] [--connections=N] "
           . "[--size=BYTES]\n";

die "t/bench/hit.pl needs wrk\n" if !grep { -x "$_/wrk" } split /:/, $ENV{PATH};


sub page {
    my ($description) = @_;

    return [200, 'text/html; charset=utf-8', <<"EOP"];
<!doctype html>
<html lang="en"><head><title>A page</title>
<meta property="og:site_name" content="Site">
<meta property="og:image" content="/image.png">
<meta property="og:description" content="$description">
</head><body></body></html>
EOP
}


my $origin = origin('/0' => page('.'));

my $http = <<'EOF';
proxy_cache_path %%TESTDIR%%/proxy keys_zone=proxy:10m use_temp_path=off;
urlmeta_cache_zone zone=cards:10m;
keepalive_requests 100000000;
EOF

my $conf = <<"EOF";
location = /card {
    urlmeta \$arg_url;
    urlmeta_cache cards;
    urlmeta_cache_valid 200 1d;
    @{[allow($origin)]}
}
EOF

my $nginx = nginx($conf, http => $http, debug => 0, access_log => 0);

my $answer = $nginx->card($origin->url('/0'));
die "no card: $answer->{code} $answer->{body}\n" if $answer->{code} != 200;


# A card of the size that was asked for: the description takes what is left.

my $more = $size - length $answer->{body};
$more = 1 if $more < 1;
$more = 1000 if $more > 1000;

$origin->set('/page' => page(substr 'Some words of a description. ' x 40, 0,
                                    $more));

my $body = $nginx->card($origin->url('/page'))->{body};

# nginx takes a token of a configuration from a buffer of 4,096 bytes, and a
# "$" in it for a variable
die "the card cannot be written into a configuration\n"
    if length $body > 3800 || $body =~ /\$/;

(my $literal = $body) =~ s/(['\\])/\\$1/g;

$origin->set('/body' => [200, {
    'Content-Type' => 'application/json; charset=utf-8',
    'Cache-Control' => 'public, max-age=86400',
    'ETag' => '"0123456789abcdef"',
    'X-Content-Type-Options' => 'nosniff',
}, $body]);

$nginx->restart($conf . <<"EOF");
location = /return {
    default_type 'application/json; charset=utf-8';
    return 200 '$literal';
}
location = /proxy {
    proxy_pass http://@{[$origin->address]}/body;
    proxy_cache proxy;
}
EOF

my @ways = (
    ['return 200', '/return'],
    ['proxy_cache hit', '/proxy'],
    ['urlmeta hit', '/card?url=' . url_encode($origin->url('/page'))],
);

for my $way (@ways) {
    my ($name, $uri) = @$way;
    my $r;

    $r = $nginx->get($uri) for 1 .. 2;
    die "$name: status $r->{code}\n" if $r->{code} != 200;

    # the moment of the fetch may differ
    my ($theirs, $ours) = map { s/"fetched_at":"?[^,"}]*//r } $r->{body}, $body;
    die "$name: another body\n" if $theirs ne $ours;
}

my ($worker) = $nginx->worker_pids;
my $asked = $origin->count;


# Requests, and CPU seconds of the worker.

sub measure {
    my ($uri) = @_;

    my $before = $nginx->cpu_time($worker);
    my ($code, $output) = run($seconds + 30, 'wrk', '-t1', "-c$connections",
                              "-d${seconds}s",
                              'http://' . $nginx->address . $uri);
    my $cpu = $nginx->cpu_time($worker) - $before;

    my ($n) = $output =~ /(\d+) requests in/;
    die "wrk: $output\n" if $code != 0 || !$n;
    print "# $uri: $1\n" if $output =~ /((?:Non-2xx|Socket errors).*)/;

    return ($n, $cpu);
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}


measure($_->[1]) for @ways;        # warm

my %result;

for my $round (1 .. $rounds) {

    # each round in another order, so that none always follows the same one
    for my $way (map { $ways[($_ + $round) % @ways] } 0 .. $#ways) {
        my ($n, $cpu) = measure($way->[1]);
        push @{$result{$way->[0]}}, {n => $n, us => 1e6 * $cpu / $n};
    }
}

my ($version) = (run(5, UrlMeta::Nginx::binary(), '-v'))[1] =~ m{(nginx/\S+)};

printf "%s, one worker, %d bytes, %d connections, %d rounds of %d s\n\n",
       $version, length $body, $connections, $rounds, $seconds;
printf "%-16s %12s %12s %16s %8s\n", 'answer', 'requests', 'requests/s',
       'CPU us/request', 'ratio';

my @base = map { $_->{us} } @{$result{$ways[0][0]}};

for my $way (@ways) {
    my @r = @{$result{$way->[0]}};
    my $n = 0;
    $n += $_->{n} for @r;

    # against the "return 200" of the same round: what slows the machine for a
    # while slows both
    printf "%-16s %12d %12d %16.2f %8.2f\n", $way->[0], $n,
           $n / $rounds / $seconds, median(map { $_->{us} } @r),
           median(map { $r[$_]{us} / $base[$_] } 0 .. $#r);
}

printf "\nMedians of the rounds; the origin was asked %d times meanwhile.\n",
       $origin->count - $asked;
