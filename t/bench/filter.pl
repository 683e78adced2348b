#!/usr/bin/perl

# CPU time of a request whose page is read as it passes, beside the same
# proxy_pass without it, and of a cached card in either mode; by one worker of
# one nginx, in turns.
#
#     t/bench/filter.pl [--rounds=5] [--seconds=2] [--connections=32]
#                       [--page=FILE]
#
# A benchmark and no test: it measures and prints, and never fails by time.
# TEST_URLMETA_NGINX and TEST_URLMETA_MODULE choose the build, as in the tests.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);

my ($rounds, $seconds, $connections, $file) = (5, 2, 32, undef);

GetOptions('rounds=i' => \$rounds, 'seconds=i' => \$seconds,
           'connections=i' => \$connections, 'page=s' => \$file)
    && !@ARGV && $rounds > 0 && $seconds > 0
    or die "usage: t/bench/filter.pl [--rounds=N] [--seconds=N] "
           . "[--connections=N] [--page=FILE]\n";

die "t/bench/filter.pl needs wrk\n"
    if !grep { -x "$_/wrk" } split /:/, $ENV{PATH};


# A page of 100 KB: of the corpus where it is, the one nearest to it.

sub page {
    return read_file($file) if defined $file;

    my $corpus = shared_path('corpus');
    my @found = $corpus ? glob("$corpus/dev/*/page.html") : ();

    if (@found) {
        my %far = map { $_ => abs((-s $_) - 100_000) } @found;
        my ($near) = sort { $far{$a} <=> $far{$b} } @found;
        (my $name = $near) =~ s{.*/([^/]+)/page\.html$}{$1};
        print "# $name, ", -s $near, " bytes\n";
        return read_file($near);
    }

    return '<!doctype html><html lang="en"><head><title>A page</title>'
           . '<meta property="og:image" content="/i.png">'
           . '<meta property="og:description" content="About it."></head>'
           . '<body>'
           . '<div><p>Some <a href="/x">words</a> of the text.</p></div>'
             x 1500 . '</body></html>';
}


my $dir = temp_dir('pages');
write_file("$dir/page.html", page());

# the origin is an nginx too, so that its side costs little
my $origin = nginx(<<"EOF", module => 0, debug => 0, access_log => 0);
    root $dir;
    keepalive_requests 100000000;
    types { text/html html; }
    sendfile on;
    location /dynamic/ {
        alias $dir/;
        etag off;
        add_header Last-Modified "";
    }
EOF

my $port = $origin->port;

sub location {
    my ($path, $more, $from) = @_;
    $from = defined $from ? "$from/" : '';

    return <<"EOF";
    location /$path/ {
        proxy_pass http://origin/$from;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        $more
    }
EOF
}

my $conf = join '',
    location('plain', ''),
    location('auto', 'urlmeta_filter tap;'),
    location('full', 'urlmeta_filter tap; urlmeta_scan full;'),
    location('auto-zone', 'urlmeta_filter tap; urlmeta_cache cards;'),
    location('full-zone', 'urlmeta_filter tap; urlmeta_scan full; '
                          . 'urlmeta_cache cards;'),
    location('auto-log', 'urlmeta_filter tap; access_log /dev/null page;'),
    location('full-log', 'urlmeta_filter tap; urlmeta_scan full; '
                         . 'access_log /dev/null page;'),
    location('plain-log', 'access_log /dev/null page;'),
    location('auto-new', 'urlmeta_filter tap; urlmeta_cache cards;',
             'dynamic'),
    location('full-new', 'urlmeta_filter tap; urlmeta_scan full; '
                         . 'urlmeta_cache cards;', 'dynamic'),
    location('card', 'urlmeta_filter card; urlmeta_cache cards; '
                     . 'urlmeta_cache_valid 1d; urlmeta_cache_bounds 1d 1d;'),
    <<"EOF";
    location = /fetch {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        urlmeta_cache_valid 1d;
        urlmeta_cache_bounds 1d 1d;
        urlmeta_allow 127.0.0.1:$port;
    }
EOF

my $nginx = nginx($conf, debug => 0, access_log => 0, http => <<"EOF");
keepalive_requests 100000000;
log_format page '\$status "\$urlmeta_title" "\$urlmeta_image"';
upstream origin { server 127.0.0.1:$port; keepalive 64; }
EOF

my ($worker) = $nginx->worker_pids;

my @groups = (
    [['proxy_pass', '/plain/page.html'],
     ['tap, auto', '/auto/page.html'],
     ['tap, full', '/full/page.html'],
     ['tap, auto, zone', '/auto-zone/page.html'],
     ['tap, full, zone', '/full-zone/page.html'],
     ['  no validators', '/auto-new/page.html'],
     ['  no val., full', '/full-new/page.html']],
    [['proxy_pass, log', '/plain-log/page.html'],
     ['tap, auto, log', '/auto-log/page.html'],
     ['tap, full, log', '/full-log/page.html']],
    [['urlmeta, hit', '/fetch?url='
                      . url_encode("http://127.0.0.1:$port/page.html")],
     ['card, hit', '/card/page.html']],
);


# Microseconds of the worker for a request.

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

    return $cpu / $n * 1e6;
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}


for my $group (@groups) {
    my %us;

    for my $way (@$group) {
        my $r;
        $r = $nginx->get($way->[1]) for 1 .. 2;
        die "$way->[0]: status $r->{code}\n" if $r->{code} != 200;
        measure($way->[1]);        # warm
    }

    for (1 .. $rounds) {
        push @{$us{$_->[0]}}, measure($_->[1]) for @$group;
    }

    my $base = median(@{$us{$group->[0][0]}});

    for my $way (@$group) {
        my $median = median(@{$us{$way->[0]}});
        printf "%-18s %7.1f us  %5.2f\n", $way->[0], $median, $median / $base;
    }
}
