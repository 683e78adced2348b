#!/usr/bin/perl

# One fetch for all who ask, in all workers: crowds, leases, workers that die.

use lib 't/lib';
use UrlMeta::Test;

use IPC::Open2 qw(open2);
use Time::HiRes qw(sleep time);

my $dir = temp_dir('flight');
my $crowd = "$dir/crowd";

my ($code, $output) = run(60, $ENV{CC} || 'cc', '-O2', '-W', '-Wall', '-o',
                          $crowd, project_root() . '/t/lib/crowd.c');
BAIL_OUT("crowd.c: $output") if $code != 0;


# An answer that is held back until go() is called with its name.

sub held {
    my ($name, $answer) = @_;

    return sub {
        sleep 0.002 until -e "$dir/go.$name";
        return ref $answer eq 'CODE' ? $answer->(@_) : $answer;
    };
}


sub go {
    my ($name) = @_;
    write_file("$dir/go.$name", '');
    return time;
}


sub hold {
    my ($name) = @_;
    unlink "$dir/go.$name";
    return;
}


# A crowd of clients, whose connections are open.

sub crowd {
    my ($n, $port, $uri) = @_;

    my $pid = open2(my $from, my $to, 'sh', '-c',
                    'ulimit -n $(ulimit -Hn); exec "$@"', 'sh',
                    $crowd, $port, $n, $uri);

    my $line = <$from>;
    die 'the crowd could not connect' if !defined $line || $line ne "open\n";

    return {pid => $pid, from => $from, to => $to, n => $n};
}


sub ask {
    my ($c) = @_;
    syswrite $c->{to}, "send\n";
    my $line = readline $c->{from};
    die 'the crowd did not ask' if !defined $line || $line ne "sent\n";
    return $c;
}


# All answers: hashes of status, ms, arrived, body and worker.

sub answers {
    my ($c, $limit) = @_;

    my @answers;
    local $SIG{ALRM} = sub { die "no answer\n" };

    eval {
        alarm seconds($limit || 30);

        while (my $line = readline $c->{from}) {
            my %answer;
            @answer{qw(status ms arrived body worker)} = split ' ', $line;
            push @answers, \%answer;
        }

        alarm 0;
    };

    alarm 0;
    leave($c);
    return @answers;
}


sub leave {
    my ($c) = @_;
    close $c->{to};
    close $c->{from};
    waitpid $c->{pid}, 0;
    return;
}


sub max {
    my ($max) = sort { $b <=> $a } @_, 0;
    return $max;
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return @sorted ? $sorted[$#sorted / 2] : 0;
}


# All of a crowd got one and the same answer.

sub same_ok {
    my ($name, $n, $status, @answers) = @_;

    my (%body, %status);
    $body{$_->{body}}++, $status{$_->{status}}++ for @answers;

    is(join(' ', map { "$_: $status{$_}" } sort keys %status),
       "$status: $n", "$name: all are answered");
    is(scalar(keys %body), 1, "$name: all get the same");
    return;
}


my $card = [200, 'text/html', '<title>One</title>'];

my $o = origin(
    '/cold' => held(cold => $card),
    (map { ("/wait$_" => held("wait$_" => $card)) } 1 .. 5),
    '/hang' => 'hang',
    '/hang-stale' => $card,
    '/hot' => sub {
        my ($socket, $request) = @_;
        sleep 1 if $request->{count} > 1;
        return [200, 'text/html', "<title>version $request->{count}</title>"];
    },
    '/error' => held(error => [500, 'text/html', '']),
    '/error-off' => held('error-off' => [500, 'text/html', '']),
    '/leave' => held(leave => $card),
    '/kill' => held(kill => $card),
    '/orphan' => held(orphan => $card),
    '/expired' => held(expired => sub {
        my ($socket, $request) = @_;
        return [200, 'text/html', "<title>version $request->{count}</title>"];
    }),
    '/quit' => held(quit => $card),
    '/reload' => held(reload => $card),
    '/off' => held(off => $card),
    '/secret' => held(secret => $card),
    '/no-store' => held('no-store' => [
        200, {'Content-Type' => 'text/html', 'Cache-Control' => 'no-store'},
        '<title>One</title>', {delay => 0.5},
    ]),
    '/handed' => $card,
    '/large' => held(large => [200, 'text/html', join '',
        map { "<a href='/$_'>a link of many, and not a short one</a>" }
            1 .. 100]),
    '/background' => held(background => $card),
    '/poll' => held(poll => $card),
    '*' => sub {
        my ($socket, $request) = @_;
        sleep 0.2;
        return [200, 'text/html', "<title>$request->{path}</title>"];
    },
);

# each client is a file in two processes

my ($hard) = (run(5, 'sh', '-c', 'ulimit -Hn'))[1] =~ /(\d+)/;
my $many = sanitized() ? 1000 : 10000;
$many = $hard - 300 if $hard && $hard - 300 < $many;

my $http = <<'EOC';
    urlmeta_cache_zone zone=cards:10m max_entry=4k;
    urlmeta_cache cards;
    urlmeta_timeout 15s;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    client_header_timeout 300s;
    add_header X-Worker $pid always;
    add_header X-Cache $urlmeta_cache_status always;
EOC

my $locations = <<"EOC";
    listen 127.0.0.1:%%PORT%% backlog=4096;
    listen 127.0.0.1:%%PORT_0%% reuseport;

    @{[allow($o)]}

    location /card { urlmeta \$arg_url; }
    location /quick { urlmeta \$arg_url; urlmeta_timeout 2s; }
    location /short {
        urlmeta \$arg_url;
        urlmeta_timeout 2s;
        urlmeta_cache_valid 200 1s;
    }
    location /strict {
        urlmeta \$arg_url;
        urlmeta_cache_valid 200 1s;
        urlmeta_cache_stale while_revalidate=0 if_error=0;
    }
    location /uncached {
        urlmeta \$arg_url;
        urlmeta_cache_valid any 0;
    }
    location /unlocked { urlmeta \$arg_url; urlmeta_cache_lock off; }
    location /secret { urlmeta \$arg_url; urlmeta_no_cache 1; }
    location /letter { urlmeta \$arg_url; urlmeta_cache_bounds 0 1d; }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
    location = /pid { return 200 \$pid; }
    location = /status { stub_status; access_log off; }
EOC

my $conf = "server {\n$locations}\n";

my %option = (
    workers => 4, debug => 0, connections => $many + 1000, http => $http,
    access_log => 0, main => 'worker_rlimit_nofile ' . ($many + 1100) . ';',
);

my $n = nginx($conf, %option);


sub uri {
    my ($path, $location) = @_;
    return ($location || '/card') . '?url=' . url_encode($o->url($path));
}


# How many requests are being handled; the one that asks is none of them, and
# neither are those that died with their worker.

my $lost = 0;

sub handled {
    my $r = $n->get('/status', timeout => 30);
    return $r->{body} =~ /Writing: (\d+)/ ? $1 - 1 - $lost : -1;
}


sub busy {
    my ($requests) = @_;
    return wait_for(sub { handled() == $requests }, 30);
}


sub worker_lost {
    my $before = -1;

    wait_for(sub {
        my $now = handled();
        my $same = $now == $before;
        $before = $now;
        sleep 0.05;
        return $same;
    }, 5);

    $lost += $before;
    return;
}


# A connection to each worker.

sub workers {
    my %connection;

    for (1 .. 200) {
        my $c = $n->connect(port => $n->port(0)) or next;
        my $pid = $c->get('/pid')->{body};

        if ($connection{$pid}) {
            $c->close;
            next;
        }

        $connection{$pid} = $c;
        last if keys %connection == 4;
    }

    return %connection;
}


# A request over a connection, without waiting for its answer.

sub start {
    my ($c, $uri) = @_;
    $c->send($c->message('GET', $uri, keepalive => 1));
    return;
}


# a cold URL

my $c = crowd($many, $n->port, uri('/cold'));
ask($c);
ok(busy($many), "$many requests are being handled");
wait_for(sub { $o->count('/cold') }, 10);
my $begin = go('cold');
my @a = answers($c);

same_ok('a cold URL', $many, 200, @a);
is($o->count('/cold'), 1, 'a cold URL: the origin is asked once');
my %worker = map { $_->{worker} => 1 } @a;
cmp_ok(scalar(keys %worker), '>', 1, 'a cold URL: asked for in '
       . keys(%worker) . ' workers');
note(sprintf '%d answers within %.0f ms of the page', scalar @a,
     (max(map { $_->{arrived} } @a) - $begin) * 1000);

# what those in other workers wait longer than those beside the fetch

my %by = workers();
is(scalar(keys %by), 4, 'connections to four workers');

my @more;

for my $i (1 .. 5) {
    my ($first, @others) = values %by;

    start($first, uri("/wait$i"));
    wait_for(sub { $o->count("/wait$i") }, 5);

    my $crowd = crowd(50, $n->port(0), uri("/wait$i"));
    ask($crowd);
    ok(busy(51), 'all of them wait');
    go("wait$i");

    my @all = answers($crowd);
    is($first->response->{code}, 200, "waiters: answered, $i") if @all != 50;

    $first->response if @all == 50;
    my ($pid) = grep { $by{$_} == $first } keys %by;

    my ($own) = sort { $a <=> $b }
                map { $_->{arrived} } grep { $_->{worker} eq $pid } @all;
    next if !defined $own;

    push @more, map { ($_->{arrived} - $own) * 1000 }
                grep { $_->{worker} ne $pid } @all;

    is($o->count("/wait$i"), 1, "waiters: one request, $i");
}

note(sprintf 'waiters in other workers: %d, median %.1f ms, max %.1f ms',
     scalar @more, median(@more), max(@more));
cmp_ok(scalar(@more), '>', 20, 'waiters: there are some in other workers');
cmp_ok(median(@more), '<', seconds(100), 'waiters: they are told at once');

# an origin that hangs; and one that did not always

my $hang = sanitized() ? 300 : 1000;

$n->card($o->url('/hang-stale'), location => '/short');
$o->set('/hang-stale' => 'hang');

$c = crowd($hang, $n->port, uri('/hang', '/quick'));
ask($c);
@a = answers($c);

same_ok('hangs', $hang, 504, @a);
is($o->count('/hang'), 1, 'hangs: the origin is asked once');

my $max = max(map { $_->{ms} } @a);
note(sprintf 'hangs: time-out 2,000 ms, the last answer after %.0f ms', $max);
cmp_ok($max, '<', 3100 + seconds(1000), 'hangs: within the lease');

# expired by now

$c = crowd($hang, $n->port, uri('/hang-stale', '/short'));
ask($c);
@a = answers($c);

same_ok('hangs, stale', $hang, 200, @a);
is($o->count('/hang-stale'), 2, 'hangs, stale: one refresh');
$max = max(map { $_->{ms} } @a);
note(sprintf 'hangs, stale: the last answer after %.0f ms', $max);
cmp_ok($max, '<', seconds(1500), 'hangs, stale: nobody waits');

# a hot key that expires; the origin takes a second

{
    %by = workers();
    my @clients = values %by;
    my $uri = uri('/hot', '/short');
    my (%version, @times, %cache);

    $clients[0]->get($uri);
    my $end = time + 5;

    while (time < $end) {
        start($_, $uri) for @clients;

        for (@clients) {
            my $r = $_->response;
            push @times, $r->{time};
            $cache{$r->{header}{'x-cache'} || '-'}++;
            $version{$1}++ if $r->{body} =~ /version (\d+)/;
        }
    }

    my $fetches = $o->count('/hot');
    $max = max(@times) * 1000;

    note(sprintf 'a hot key: %d requests, %d fetches, max %.0f ms; %s',
         scalar @times, $fetches, $max,
         join ' ', map { "$_ $cache{$_}" } sort keys %cache);
    cmp_ok(scalar(keys %version), '>', 1, 'a hot key expires');
    cmp_ok($fetches - keys %version, '<=', 1,
           'a hot key: one fetch an expiry');
    cmp_ok($fetches, '>=', scalar keys %version, 'a hot key: no less');
    cmp_ok($max, '<', slow() > 1 ? 5000 : 800, 'a hot key: nobody waits');
    cmp_ok($cache{STALE} || 0, '<=', $fetches, 'a hot key: who refreshes it');
    cmp_ok($cache{UPDATING} || 0, '>', 10, 'a hot key: and who does not');
}

# errors, stored or not

for (['error', '/card', 1], ['error-off', '/uncached', 1]) {
    my ($path, $location, $count) = @$_;

    $c = ask(crowd(100, $n->port(0), uri("/$path", $location)));
    ok(busy(100), 'all of them wait');
    go($path);
    same_ok("an error ($path)", 100, 502, answers($c));
    is($o->count("/$path"), $count, "an error ($path): one request");
}

# all clients leave

my $left = sanitized() ? 300 : 1000;

$c = ask(crowd($left, $n->port, uri('/leave')));
ok(busy($left), 'clients that leave are there');
leave($c);
ok(busy(0), 'clients leave');
is($o->count('/leave'), 1, 'clients leave: one request');
go('leave');
ok(wait_for(sub {
    my $answer = $n->card($o->url('/leave'));
    return ($answer->{header}{'x-cache'} || '') eq 'HIT';
}, 5), 'clients leave: the card is there');
is($o->count('/leave'), 1, 'clients leave: still one request');

# the worker that fetches is killed

%by = workers();

{
    my ($pid, @others) = keys %by;

    start($by{$pid}, uri('/kill'));
    wait_for(sub { $o->count('/kill') }, 5);
    start($by{$_}, uri('/kill')) for @others;
    ok(busy(4), 'all of them wait');
    is($o->count('/kill'), 1, 'killed: one request at first');

    my $killed = time;
    $n->kill_worker($pid);

    ok(wait_for(sub { $o->count('/kill') == 2 }, 5),
       'killed: another worker takes over');
    my $taken = ($o->requests('/kill'))[-1]{time} - $killed;
    note(sprintf 'killed: taken over after %.0f ms', $taken * 1000);
    cmp_ok($taken, '<', seconds(3), 'killed: at once');

    go('kill');
    my @codes = map { $by{$_}->response->{code} } @others;
    is("@codes", '200 200 200', 'killed: all others are answered');
    is($o->count('/kill'), 2, 'killed: and one alone took over');
    worker_lost();
}

# killed while it shut down: nobody takes its place

hold('orphan');
%by = workers();

{
    my ($pid) = keys %by;
    my $own = $by{$pid};

    start($own, uri('/orphan'));
    wait_for(sub { $o->count('/orphan') }, 5);
    ok($n->reload, 'killed while it shuts down: reload');

    my $new = ask(crowd(20, $n->port(0), uri('/orphan')));
    ok(busy(21), 'all of them wait');
    is($o->count('/orphan'), 1, 'killed while it shuts down: followed');

    expect_alert(qr/worker process $pid exited on signal/);
    my $killed = time;
    kill 'KILL', $pid;

    ok(wait_for(sub { $o->count('/orphan') == 2 }, 5),
       'killed while it shuts down: another worker takes over');
    note(sprintf 'killed while it shuts down: taken over after %.0f ms',
         (($o->requests('/orphan'))[-1]{time} - $killed) * 1000);

    go('orphan');
    same_ok('killed while it shuts down', 20, 200, answers($new));
    is($o->count('/orphan'), 2, 'killed while it shuts down: one alone');
    $n->wait_old;
    worker_lost();
}

# who takes over does not take what was there before for a result

go('expired');
$n->card($o->url('/expired'), location => '/strict');
hold('expired');
sleep 1.2;
%by = workers();

{
    my ($pid, @others) = keys %by;
    my $uri = uri('/expired', '/strict');

    start($by{$pid}, $uri);
    wait_for(sub { $o->count('/expired') == 2 }, 5);
    start($by{$_}, $uri) for @others;
    ok(busy(4), 'all of them wait');

    $n->kill_worker($pid);
    wait_for(sub { $o->count('/expired') == 3 }, 5);
    go('expired');

    my @bodies = map { $by{$_}->response->{body} =~ /(version \d+)/ } @others;
    is("@bodies", 'version 3 version 3 version 3',
       'killed: an expired card is no result');
    worker_lost();
}

# a worker that ends gives its fetch up, if none of its own clients wait

hold('quit');
%by = workers();

{
    my ($pid) = keys %by;

    start($by{$pid}, uri('/quit'));
    wait_for(sub { $o->count('/quit') }, 5);

    # one in each other worker follows
    my @others = map { $by{$_} } grep { $_ != $pid } keys %by;
    start($_, uri('/quit')) for @others;
    ok(busy(4), 'all of them wait');
    $by{$pid}->close;
    ok(busy(3), 'all of them wait');

    my $quit = time;
    ok($n->reload, 'a worker ends: reload');
    ok(wait_for(sub { $o->count('/quit') == 2 }, 5),
       'a worker ends: another takes over');
    go('quit');

    my @codes = map { $_->response->{code} } @others;
    is("@codes", '200 200 200', 'a worker ends: all are answered');
    is($o->count('/quit'), 2, 'a worker ends: by one fetch');
    ok($n->wait_old(5), 'a worker ends: all old ones are gone');
}

# a reload in the middle of a fetch, with clients of old and new workers

$c = ask(crowd(50, $n->port(0), uri('/reload')));
ok(busy(50), 'all of them wait');
ok($n->reload, 'a reload while a page is fetched');
my $d = ask(crowd(50, $n->port(0), uri('/reload')));
ok(busy(100), 'all of them wait');
go('reload');
same_ok('a reload', 100, 200, answers($c), answers($d));
is($o->count('/reload'), 1, 'a reload: one request');
$n->wait_old;

# without leases, and results that are not kept: each worker asks for itself

for (['off', '/unlocked'], ['secret', '/secret'], ['no-store', '/letter'],
     ['large', '/details'])
{
    my ($path, $location) = @$_;

    $c = ask(crowd(60, $n->port(0), uri("/$path", $location)));
    ok(busy(60), 'all of them wait');
    $begin = go($path);
    @a = answers($c);
    is(scalar(grep { $_->{status} == 200 } @a), 60, "$path: all are answered");

    my %workers = map { $_->{worker} => 1 } @a;
    my $count = $o->count("/$path");
    cmp_ok($count, '<=', scalar keys %workers,
           "$path: one request for a worker");
    cmp_ok($count, '>', 1, "$path: as nothing is shared");

    # one after another they would need twice as long at least
    next if $path ne 'no-store';

    my $last = max(map { $_->{arrived} } @a) - $begin;
    note(sprintf '%s: the last answer after %.0f ms', $path, $last * 1000);
    cmp_ok($last, '<', 0.5 + 0.5 + seconds(0.3),
           "$path: by all workers at the same time");
}

# more keys than leases, each asked for by some

{
    my $small = 'urlmeta_cache_zone zone=cards:64k;';
    my $z = nginx($conf, %option, http => $http
                  =~ s/urlmeta_cache_zone[^\n]*/$small/r);
    my %crowd;
    my $keys = 150;

    my @crowds = map { crowd($keys, $z->port(0), uri('/many-%n')
                             =~ s/%25n/%n/r) } 1 .. 3;
    ask($_) for @crowds;
    my @all = map { [answers($_)] } @crowds;

    my %status;
    $status{$_->{status}}++ for map { @$_ } @all;
    is(join(' ', %status), '200 ' . 3 * $keys, 'more keys than leases: all');

    my $differ = 0;

    for my $i (0 .. $keys - 1) {
        my %body = map { $all[$_][$i]{body} => 1 } 0 .. 2;
        $differ++ if keys %body != 1;
    }

    my %bodies = map { $_->{body} => 1 } @{$all[0]};
    is(scalar(keys %bodies), $keys, 'more keys than leases: each its own');

    my $most = max(map { $o->count("/many-$_") } 0, 1, 50, 149);
    cmp_ok($most, '<=', 4, 'more keys than leases: once for a worker at most');
    $z->stop;
}

# a worker that has no room hands its fetch on to one that waits for it

{
    my $one = nginx($conf, %option, http => "urlmeta_max_fetches 1;\n$http",
                    workers => 2);
    my %at;

    for (1 .. 100) {
        my $c = $one->connect(port => $one->port(0)) or next;
        push @{$at{$c->get('/pid')->{body}}}, $c;
        last if keys %at == 2 && 2 <= max(map { scalar @$_ } values %at);
    }

    my ($full, $free) = sort { @$b <=> @$a } values %at;
    my $asked = $o->count('/hang');

    start($full->[0], uri('/hang'));
    wait_for(sub { $o->count('/hang') > $asked }, 5);
    start($full->[1], uri('/handed'));
    sleep 0.2;
    start($free->[0], uri('/handed'));

    is($full->[1]->response->{code}, 503, 'no room: who waited too long');
    is($free->[0]->response->{code}, 200, 'no room: another worker has it');
    is($o->count('/handed'), 1, 'no room: one request');
    $one->stop;
}

# a worker ends at once though it refreshes something that nobody waits for

go('background');
$n->card($o->url('/background'), location => '/short');
hold('background');
sleep 1.2;
is($n->card($o->url('/background'), location => '/short')
       ->{header}{'x-cache'}, 'STALE', 'a refresh in the background');
wait_for(sub { $o->count('/background') == 2 }, 5);
$begin = time;
$n->stop;
my $took = time - $begin;
note(sprintf 'a graceful end took %.0f ms', $took * 1000);
cmp_ok($took, '<', seconds(1), 'a graceful end does not wait for it');

# without eventfd

SKIP: {
    skip 'the sanitizer has to be loaded first', 5 if sanitized();

    write_file("$dir/none.c", <<'EOC');
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/syscall.h>

int
eventfd(unsigned value, int flags)
{
    if ((flags & O_CLOEXEC) && (flags & O_NONBLOCK)) {
        errno = ENOSYS;
        return -1;
    }

    return (int) syscall(SYS_eventfd2, value, flags);
}
EOC
    ($code, $output) = run(30, $ENV{CC} || 'cc', '-shared', '-fPIC', '-o',
                           "$dir/none.so", "$dir/none.c");
    is($code, 0, 'a library without eventfd()') or diag($output);

    $lost = 0;
    $n = nginx($conf, %option, env => {LD_PRELOAD => "$dir/none.so"});
    ok($n->logged(qr/eventfd\(\) failed/), 'without eventfd');

    $c = ask(crowd(100, $n->port(0), uri('/poll')));
    ok(busy(100), 'all of them wait');
    go('poll');
    @a = answers($c);
    same_ok('without eventfd', 100, 200, @a);
    is($o->count('/poll'), 1, 'without eventfd: one request');

    my ($first, $last) = (sort { $a <=> $b } map { $_->{arrived} } @a)[0, -1];
    note(sprintf 'without eventfd: all within %.0f ms',
         ($last - $first) * 1000);
    cmp_ok($last - $first, '<', seconds(0.4), 'without eventfd: soon');
}

done_testing();
