#!/usr/bin/perl

# CPU time of a request that the cache answers, beside "return 200" with the
# same body and as many headers, a proxy_cache hit, and, where these can be
# had, a shared dictionary of Lua and memcached_pass; all by one worker of one
# nginx.
#
#     t/bench/hit.pl [--rounds=5] [--seconds=2] [--connections=32] [--size=1500]
#     t/bench/hit.pl --instructions [--size=1500]
#
# --instructions counts them by valgrind instead, which no other load of the
# machine changes: those of nginx and its libraries, not the kernel's.
#
# A benchmark and no test: it measures and prints, and never fails by time.
# TEST_URLMETA_NGINX and TEST_URLMETA_MODULE choose the build, as in the tests.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);

my ($rounds, $seconds, $connections, $size, $count) = (5, 2, 32, 1500, 0);

GetOptions('rounds=i' => \$rounds, 'seconds=i' => \$seconds,
           'connections=i' => \$connections, 'size=i' => \$size,
           'instructions' => \$count)
    && !@ARGV && $rounds > 0 && $seconds > 0
    or die "usage: t/bench/hit.pl [--rounds=N] [--seconds=N] [--connections=N] "
           . "[--size=BYTES] [--instructions]\n";


sub program {
    my ($name) = @_;
    my ($file) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};
    return $file;
}


my $tool = $count ? 'valgrind' : 'wrk';
die "t/bench/hit.pl needs $tool\n" if !program($tool);


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

my $url = url_encode($origin->url('/page'));

my $headers = <<'EOF';
    add_header Cache-Control 'public, max-age=86400';
    add_header Age 0;
    add_header ETag '"0123456789abcdef"';
    add_header X-Content-Type-Options nosniff;
    add_header Content-Security-Policy "default-src 'none'; sandbox";
EOF

$conf .= <<"EOF";
location = /return {
    default_type 'application/json; charset=utf-8';
$headers
    return 200 '$literal';
}
location = /bare {
    default_type 'application/json; charset=utf-8';
    return 200 '$literal';
}
location = /proxy {
    proxy_pass http://@{[$origin->address]}/body;
    proxy_cache proxy;
    proxy_cache_key \$arg_url;
}
EOF

# the base first
my @ways = (
    ['return 200', "/return?url=$url"],
    ['  without headers', "/bare?url=$url"],
    ['proxy_cache hit', "/proxy?url=$url"],
    ['urlmeta hit', "/card?url=$url"],
);

# what may not be there

my $modules = '/usr/lib/nginx/modules';
my ($main, $others) = ('', '');

if (-e "$modules/ngx_http_lua_module.so" && -e "$modules/ndk_http_module.so") {
    my $load = "load_module $modules/ndk_http_module.so;\n"
               . "load_module $modules/ngx_http_lua_module.so;\n";
    my $zone = "lua_shared_dict lua 10m;\n";
    my $lua = <<"EOF";
location = /lua {
    default_type 'application/json; charset=utf-8';
    content_by_lua_block {
        local cards = ngx.shared.lua
        local body = cards:get(ngx.var.arg_url)
        if not body then
            body = ngx.location.capture("/bare").body
            cards:set(ngx.var.arg_url, body)
        end
        local header = ngx.header
        header["Cache-Control"] = "public, max-age=86400"
        header["Age"] = 0
        header["ETag"] = '"0123456789abcdef"'
        header["X-Content-Type-Options"] = "nosniff"
        header["Content-Security-Policy"] = "default-src 'none'; sandbox"
        header["Content-Length"] = #body
        ngx.print(body)
    }
}
EOF

    my ($good, $why) = conf_test("$conf$lua", http => "$zone$http",
                                 main => $load);

    if ($good) {
        $main = $load;
        $http = "$zone$http";
        $others .= $lua;
        push @ways, ['Lua shared dictionary', "/lua?url=$url"];

    } else {
        print "# no Lua: $why\n";
    }
}

my $memcached;

if (my $program = program('memcached')) {
    my $port = free_port();

    $memcached = fork;
    die "fork: $!\n" if !defined $memcached;

    if ($memcached == 0) {
        exec $program, '-l', '127.0.0.1', '-p', $port, '-U', 0,
             $> == 0 ? ('-u', 'nobody') : ();
        exit 127;
    }

    my $client = wait_for(sub { UrlMeta::Client->new(port => $port) }, 5)
        or die "memcached does not answer\n";

    # nginx escapes it once more
    (my $key = $url) =~ s/%/%25/g;
    $client->send("set $key 0 0 " . length($body) . "\r\n$body\r\n");
    $client->take(qr/STORED\r\n/, time + 5)
        or die "memcached stores nothing\n";
    $client->close;

    $http = "upstream memory { server 127.0.0.1:$port; keepalive 64; }\n$http";
    $others .= <<"EOF";
location = /memcached {
    default_type 'application/json; charset=utf-8';
    set \$memcached_key \$arg_url;
    memcached_pass memory;
$headers
}
EOF

    push @ways, ['memcached_pass', "/memcached?url=$url"];
}


END {
    if ($memcached) {
        kill 'TERM', $memcached;
        local $?;
        waitpid $memcached, 0;
    }
}


$nginx->restart($conf . $others, http => $http, main => $main);

for my $way (@ways) {
    my ($name, $uri) = @$way;
    my $r;

    $r = $nginx->get($uri) for 1 .. 2;
    die "$name: status $r->{code}\n" if $r->{code} != 200;

    # the moment of the fetch may differ
    my ($theirs, $ours) = map { s/"fetched_at":"?[^,"}]*//r } $r->{body}, $body;
    die "$name: another body\n" if $theirs ne $ours;
}

if ($count) {
    instructions();
    exit 0;
}

my ($worker) = $nginx->worker_pids;
my $asked = $origin->count;


# Instructions of a request: what a thousand more of them take.

sub instructions {
    my $base;

    $nginx->stop;

    my $file = $nginx->dir . '/nginx.conf';
    (my $text = read_file($file)) =~ s/master_process on/master_process off/;
    write_file($file, $text);

    printf "%d bytes\n\n%-24s %12s %8s\n", length $body, 'answer',
           'instructions', 'ratio';

    for my $way (@ways) {
        my ($name, $uri) = @$way;
        my ($some, $all) = map { instructions_of($uri, $_) } 200, 1200;

        my $n = ($all - $some) / 1000;
        $base = $n if !defined $base;
        printf "%-24s %12d %8.2f\n", $name, $n, $n / $base;
    }

    return;
}


sub instructions_of {
    my ($uri, $n) = @_;

    my $out = temp_dir() . '/callgrind';
    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if ($pid == 0) {
        open STDOUT, '>', "$out.log";
        open STDERR, '>&', \*STDOUT;
        exec 'valgrind', '--tool=callgrind', "--callgrind-out-file=$out",
             $nginx->command;
        exit 127;
    }

    my $client = wait_for(sub { $nginx->connect(timeout => 60) }, 60)
        or die "nginx does not answer\n";

    for (1 .. $n) {
        my $r = $client->get($uri);
        die "$uri: status $r->{code}\n" if $r->{code} != 200;
    }

    $client->close;

    # one that comes just before nginx waits for events is not seen
    wait_for(sub { kill 'TERM', $pid; return waitpid($pid, 1) == $pid }, 30)
        or die "nginx does not end\n";

    read_file($out) =~ /^(?:summary|totals): (\d+)/m
        or die 'valgrind: ' . read_file("$out.log") . "\n";

    return $1;
}


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
printf "%-24s %12s %12s %16s %8s\n", 'answer', 'requests', 'requests/s',
       'CPU us/request', 'ratio';

my @base = map { $_->{us} } @{$result{$ways[0][0]}};

for my $way (@ways) {
    my @r = @{$result{$way->[0]}};
    my $n = 0;
    $n += $_->{n} for @r;

    # against the "return 200" of the same round: what slows the machine for a
    # while slows both
    printf "%-24s %12d %12d %16.2f %8.2f\n", $way->[0], $n,
           $n / $rounds / $seconds, median(map { $_->{us} } @r),
           median(map { $r[$_]{us} / $base[$_] } 0 .. $#r);
}

printf "\nMedians of the rounds; the origin was asked %d times meanwhile.\n",
       $origin->count - $asked;
