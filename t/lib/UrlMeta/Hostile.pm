package UrlMeta::Hostile;

# What the test of hostile servers needs beside the usual: a network of its
# own, bombs, a watch on the worker's event loop, clients that measure, and an
# origin that has every address there is.

use strict;
use warnings;

use Compress::Raw::Zlib qw(
    crc32 MAX_WBITS WANT_GZIP Z_BEST_COMPRESSION Z_FULL_FLUSH
);
use Errno qw(EAGAIN EINTR);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

use UrlMeta::Client;
use UrlMeta::Util qw(read_file run seconds temp_dir write_file);


# The rest of the test runs in a network namespace: it owns all addresses, and
# a connection to where none should go reaches nobody else.

sub own_network {
    if (!$ENV{TEST_URLMETA_NETWORK}) {
        my ($code) = run(10, 'unshare', '-n', 'true');
        $ENV{TEST_URLMETA_NETWORK} = 1;
        no warnings 'exec';
        exec 'unshare', $code == 0 ? '-n' : '-rn', $^X,
             (map { "-I$_" } grep { !ref } @INC), $0, @ARGV;
        die "unshare: $!";
    }

    for ('link set lo up', 'route add local 0.0.0.0/0 dev lo', @_) {
        my ($code, $output) = run(10, 'ip', split / /);
        die "ip $_: $output" if $code != 0;
    }

    # where there is no IPv6 there is no way to its addresses either
    run(10, qw(ip -6 route add local ::/0 dev lo));

    return;
}


# Bodies of zeros with a page in front, as hostile_server.py wants them.

sub bombs {
    my ($page) = @_;

    my $dir = temp_dir('bombs');
    my $million = "\0" x (1 << 20);

    my ($deflate) = Compress::Raw::Zlib::Deflate->new(
        -Level => Z_BEST_COMPRESSION, -WindowBits => -MAX_WBITS,
        -AppendOutput => 1,
    );

    # blocks that refer to nothing before them can be repeated
    my ($first, $block, $end) = ('', '', '');
    $deflate->deflate($page, $first);
    $deflate->flush($first, Z_FULL_FLUSH);
    $deflate->deflate($million, $block);
    $deflate->flush($block, Z_FULL_FLUSH);
    $deflate->flush($end);

    my $crc = crc32($page);
    my $of_block = crc32($million);

    for (1 .. 4096) {
        $crc = Compress::Raw::Zlib::crc32_combine($crc, $of_block, 1 << 20);
    }

    my $gzip = pack('H*', '1f8b08000000000002ff') . $first . $block x 4096
               . $end . pack('VV', $crc, length($page) + (4096 << 20)
                                         & 0xffffffff);

    my ($twice) = Compress::Raw::Zlib::Deflate->new(
        -Level => Z_BEST_COMPRESSION, -WindowBits => WANT_GZIP,
        -AppendOutput => 1,
    );
    my $packed = '';
    $twice->deflate($gzip, $packed);
    $twice->flush($packed);

    # 64 meta-blocks of 16 MB; eight of them begin at the same bit
    my $eight = pack 'H*', 'effff9ffff0f8004401c1680eefd3fffffff01900088c302'
        . 'd0bdffe7ffff3f001200715800baf7fffcffff074002200e0b40f7fe9fffffff00'
        . '4800c46101e8defff3ffff1f000980382c00ddfb7ffeffff032001108705a07bff'
        . 'cfffff7f002400e2b00074';
    my $brotli = pack('H*', 'cfffff7f002400e2b14072') . $eight x 7
        . substr($eight, 0, 77) . pack('H*', 'fffcffff072001108705a07bff0f');

    # 32,768 blocks of one byte, repeated 128 K times
    my $zstd = pack('H*', '28b52ffd0058')
               . (substr(pack('V', (128 << 10) << 3 | 2), 0, 3) . "\0") x 32767
               . substr(pack('V', (128 << 10) << 3 | 3), 0, 3) . "\0";

    write_file("$dir/bomb.gz", $gzip);
    write_file("$dir/bomb.gz.gz", $packed);
    write_file("$dir/bomb.br", $brotli);
    write_file("$dir/bomb.zst", $zstd);

    return $dir;
}


# A library to be loaded ahead of all others, and the file it counts in: how
# long the worker takes from an event to the next wait, and the files it opens.

sub watch {
    my ($class) = @_;

    my $dir = temp_dir('watch');

    write_file("$dir/watch.c", <<'EOC');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    uint64_t  turns, cpu, wall, when, over, opens;
} watch_t;

static watch_t   unused, *w = &unused;
static int       running;
static uint64_t  cpu, wall;

static uint64_t
now(clockid_t id)
{
    struct timespec  ts;

    clock_gettime(id, &ts);
    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

__attribute__((constructor)) static void
begin(void)
{
    int    fd;
    char  *name = getenv("URLMETA_WATCH");

    if (name == NULL) {
        return;
    }

    fd = open(name, O_RDWR|O_CREAT|O_CLOEXEC, 0666);

    if (fd != -1 && ftruncate(fd, sizeof(watch_t)) == 0) {
        void  *p = mmap(NULL, sizeof(watch_t), PROT_READ|PROT_WRITE,
                        MAP_SHARED, fd, 0);
        w = (p == MAP_FAILED) ? w : p;
    }

    close(fd);
}

int
epoll_wait(int ep, struct epoll_event *events, int n, int timeout)
{
    int              rc;
    static int     (*wait)(int, struct epoll_event *, int, int);
    uint64_t         took;

    if (wait == NULL) {
        *(void **) &wait = dlsym(RTLD_NEXT, "epoll_wait");
    }

    if (running) {
        took = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
        w->turns++;
        w->over += took > 10000000;

        if (took > w->cpu) {
            w->cpu = took;
            w->when = now(CLOCK_REALTIME);
        }

        took = now(CLOCK_MONOTONIC) - wall;
        w->wall = took > w->wall ? took : w->wall;
    }

    rc = wait(ep, events, n, timeout);

    running = 1;
    cpu = now(CLOCK_THREAD_CPUTIME_ID);
    wall = now(CLOCK_MONOTONIC);

    return rc;
}

/* what a page could make a library open; nginx's own files are open by then */

#define COUNT(name)  (w->opens += running && strstr(name, "passwd") != NULL)

int
open(const char *name, int flags, ...)
{
    __builtin_va_list  ap;
    static int       (*call)(const char *, int, ...);

    if (call == NULL) {
        *(void **) &call = dlsym(RTLD_NEXT, "open");
    }

    COUNT(name);
    __builtin_va_start(ap, flags);
    return call(name, flags, __builtin_va_arg(ap, int));
}

int
open64(const char *name, int flags, ...)
{
    __builtin_va_list  ap;
    static int       (*call)(const char *, int, ...);

    if (call == NULL) {
        *(void **) &call = dlsym(RTLD_NEXT, "open64");
    }

    COUNT(name);
    __builtin_va_start(ap, flags);
    return call(name, flags, __builtin_va_arg(ap, int));
}
EOC

    my ($code, $output) = run(30, 'cc', '-O1', '-shared', '-fPIC', '-o',
                              "$dir/watch.so", "$dir/watch.c", '-ldl');
    die "cc: $output" if $code != 0;

    return bless {
        library => "$dir/watch.so", file => "$dir/counts",
    }, 'UrlMeta::Hostile::Watch';
}


# Requests at the same time, each answer with the time it took itself.

sub ask {
    my ($port, $limit, @uris) = @_;

    my $end = time + seconds($limit);
    my $select = IO::Select->new;
    my (@responses, %open);

    for my $i (0 .. $#uris) {
        my $socket = IO::Socket::INET->new(
            Proto => 'tcp', PeerAddr => '127.0.0.1', PeerPort => $port,
            Timeout => seconds(5),
        );

        if (!$socket) {
            $responses[$i] = UrlMeta::Response->failed("connect: $!",
                                                       $uris[$i]);
            next;
        }

        my $start = time;
        syswrite $socket, "GET $uris[$i] HTTP/1.1\r\nHost: localhost\r\n"
                          . "Connection: close\r\n\r\n";
        $socket->blocking(0);
        $select->add($socket);
        $open{fileno $socket} = {i => $i, start => $start, raw => ''};
    }

    while (%open && time < $end) {
        for my $socket ($select->can_read(0.5)) {
            my $o = $open{fileno $socket};
            my $n = sysread $socket, $o->{raw}, 65536, length $o->{raw};
            next if !defined $n && ($! == EAGAIN || $! == EINTR);
            next if $n;

            $responses[$o->{i}] = response($o->{raw}, $uris[$o->{i}],
                                           $o->{start});
            $select->remove($socket);
            delete $open{fileno $socket};
            close $socket;
        }
    }

    for (values %open) {
        $responses[$_->{i}] = UrlMeta::Response->failed('timeout',
                                                        $uris[$_->{i}]);
        $responses[$_->{i}]{time} = time - $_->{start};
    }

    return @responses;
}


sub response {
    my ($raw, $uri, $start) = @_;
    my $client = bless {buffer => $raw, ended => 1, timeout => 1},
                       'UrlMeta::Client';
    return $client->response(uri => $uri, start => $start);
}


# Seconds on a processor.

sub cpu_time {
    my ($pid) = @_;
    return (split / /, read_file("/proc/$pid/schedstat"))[0] / 1e9;
}


package UrlMeta::Hostile::Watch;

use strict;
use warnings;

use UrlMeta::Util qw(read_file);


sub environment {
    my ($self) = @_;
    return (LD_PRELOAD => $self->{library}, URLMETA_WATCH => $self->{file});
}


# Times in seconds.

sub counts {
    my ($self) = @_;
    my %count;
    @count{qw(turns cpu wall when over opens)}
        = unpack 'Q6', read_file($self->{file});
    $count{$_} /= 1e9 for qw(cpu wall when);
    return \%count;
}


# What the beginning of a worker takes is not of interest.

sub clear {
    my ($self) = @_;
    open my $fh, '+<:raw', $self->{file} or die "$self->{file}: $!";
    syswrite $fh, "\0" x 48;
    close $fh;
    return;
}


# A client that asks for one thing all the time.

package UrlMeta::Hostile::Hits;

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use parent -norequire, 'UrlMeta::Daemon';

use UrlMeta::Client;
use UrlMeta::Daemon;
use UrlMeta::Util qw(append_file log_lines temp_dir);

my $number = 0;


sub new {
    my ($class, $port, $uri) = @_;

    my $self = bless {
        file => temp_dir('hits') . '/' . ++$number,
    }, $class;

    $self->spawn(sub {
        my ($alive) = @_;
        my $client = UrlMeta::Client->new(port => $port) or die "connect: $!";

        while ($alive->()) {
            my @took;

            for (1 .. 100) {
                my $start = time;
                my $r = $client->get($uri);
                push @took, $r->{code} == 200 ? time - $start : 1000;
                sleep 0.004;
            }

            append_file($self->{file}, "@took\n");
        }
    });

    return $self;
}


# The median, and the median over all hundreds of their slowest but one.

sub figures {
    my ($self) = @_;

    my (@all, @slow);

    for (log_lines($self->{file})) {
        my @took = sort { $a <=> $b } split / /;
        push @all, @took;
        push @slow, $took[-2];
    }

    return if !@all;

    @all = sort { $a <=> $b } @all;
    @slow = sort { $a <=> $b } @slow;

    return {number => scalar @all, median => $all[@all / 2],
            p99 => $all[@all * 0.99], slow => $slow[@slow / 2],
            most => $all[-1]};
}


# Every address that is not this machine's: a few of them are public hosts with
# pages, and nobody may connect to the others.

package UrlMeta::Hostile::World;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::IP;
use Socket qw(AF_INET6 SOMAXCONN);
use Time::HiRes qw(time);

use parent -norequire, 'UrlMeta::Daemon';

use UrlMeta::Daemon;
use UrlMeta::Util qw(append_file log_lines temp_dir);


# Addresses are those of pages; an answer is called with the request and
# returns bytes, whether the connection stays, and bytes for later, in pairs
# with their seconds.

sub new {
    my ($class, %option) = @_;

    my @listen;

    for my $port (80, 443, 21, 22) {
        push @listen, IO::Socket::INET->new(
            Proto => 'tcp', LocalAddr => '0.0.0.0', LocalPort => $port,
            Listen => SOMAXCONN, ReuseAddr => 1,
        ) || die "listen: $!";

        my $six = IO::Socket::IP->new(
            Family => AF_INET6, LocalHost => '::', LocalPort => $port,
            Listen => SOMAXCONN, ReuseAddr => 1, V6Only => 1,
        );
        push @listen, $six if $six;
    }

    my $self = bless {
        listen => \@listen,
        log => temp_dir('world') . '/log',
        addresses => {map { $_ => 1 } @{$option{addresses}}},
        answers => $option{answers},
    }, $class;

    $self->spawn(sub { $self->serve(@_) });
    close $_ for @{delete $self->{listen}};

    return $self;
}


sub serve {
    my ($self, $alive) = @_;

    my %listens = map { fileno $_ => 1 } @{$self->{listen}};
    my $select = IO::Select->new(@{$self->{listen}});
    my (%open, @later);

    while ($alive->()) {
        my $wait = 0.5;

        for (@later) {
            my $left = $_->[0] - time;
            $wait = $left > 0 ? $left : 0 if $left < $wait;
        }

        for my $socket ($select->can_read($wait)) {
            if ($listens{fileno $socket}) {
                my $client = $socket->accept or next;
                my ($host, $port) = ($client->sockhost, $client->sockport);
                my $good = $self->{addresses}{$host}
                           && ($port == 80 || $port == 443);

                append_file($self->{log}, ($good ? 'connect' : 'denied')
                                          . " $host $port\n");
                if ($good) {
                    $open{fileno $client} = {host => $host, port => $port,
                                             data => ''};
                    $select->add($client);
                }
                next;
            }

            my $c = $open{fileno $socket};
            my $n = sysread $socket, $c->{data}, 65536, length $c->{data};
            my $keep = $n;

            if ($n && $c->{port} == 443) {
                syswrite $socket, "HTTP/1.1 400 Bad Request\r\n"
                                  . "Connection: close\r\n\r\nThis is HTTP\n";
                $keep = 0;
            }

            while ($keep && $c->{data} =~ s/\A(.*?)\r\n\r\n//s) {
                my $head = $1;
                my ($uri) = $head =~ m{^\S+ (\S+)};
                my ($path) = $uri =~ /^([^?]*)/;

                append_file($self->{log}, "request $c->{host} $uri\n");

                # what comes now would be no surprise
                @later = grep { $_->[1] != $socket } @later;

                my $answer = $self->{answers}{$path} || $self->{answers}{'*'};
                my @rest;
                (my $bytes, $keep, @rest) = $answer->($uri, $head);
                syswrite $socket, $bytes if defined $bytes;

                while (my ($delay, $bytes) = splice @rest, 0, 2) {
                    push @later, [time + $delay, $socket, $bytes];
                }
            }

            if (!$keep) {
                $select->remove($socket);
                delete $open{fileno $socket};
                close $socket;
            }
        }

        my $now = time;

        for (grep { $_->[0] <= $now } @later) {
            syswrite $_->[1], $_->[2] if fileno $_->[1];
        }

        @later = grep { $_->[0] > $now } @later;
    }

    return;
}


sub lines {
    my ($self, $what) = @_;
    my @lines = grep { /^$what / } log_lines($self->{log});
    return @lines;
}

1;
