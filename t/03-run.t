#!/usr/bin/perl

# "make run": three addresses that answer, a clean end by Ctrl-C, and nothing
# left: no file outside of build/, no process.

use lib 't/lib';
use UrlMeta::Test;

use File::Find qw(find);
use POSIX qw(setsid _exit);

chdir project_root();

my $module = UrlMeta::Nginx::module();
my $temp = temp_dir('run');


sub files {
    my %found;

    find({
        no_chdir => 1,
        wanted => sub {
            # the build's own; others may work in the tree meanwhile
            if ($_ eq './build' || $_ eq './.git') {
                $File::Find::prune = 1;
                return;
            }
            $found{$_} = 1;
        },
    }, '.');

    return \%found;
}


# All processes of a session: what was started belongs to it, whatever its
# parent and its group.

sub session {
    my ($id) = @_;
    my @found;

    for my $file (glob '/proc/[0-9]*/stat') {
        my $stat = read_file($file);
        next if $stat !~ /^(\d+) \((.*)\) (\S) (?:-?\d+ ){2}(-?\d+) /s;
        push @found, "$1 $2" if $4 == $id && $3 ne 'Z';
    }

    return @found;
}


sub start {
    my ($port, $demo, $output) = @_;

    my @command = $module ne ''
        ? ('make', 'run', "PORT=$port", "DEMO_PORT=$demo",
           'NGINX=' . UrlMeta::Nginx::binary())
        : ('t/run.sh');

    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        setsid();
        delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
        $ENV{TMPDIR} = $temp;

        if ($module eq '') {
            $ENV{NGINX_BIN} = UrlMeta::Nginx::binary();
            $ENV{MODULE} = '';
            $ENV{PORT} = $port;
            $ENV{DEMO_PORT} = $demo;
        }

        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $output;
        open STDERR, '>&', \*STDOUT;
        no warnings 'exec';
        exec { $command[0] } @command;
        _exit(127);
    }

    return $pid;
}


sub ended {
    my ($pid) = @_;
    return wait_for(sub { waitpid($pid, 1) == $pid }, 10);
}


for my $signal (qw(INT TERM)) {
    my ($port, $demo) = (free_port(), free_port());
    my $output = temp_dir() . "/output-$signal";
    my $before = files();
    my $pid = start($port, $demo, $output);

    my $ready = wait_for(sub {
        return read_file($output) =~ /Ctrl-C stops it/ || !kill 0, $pid;
    }, 120);

    my @urls = read_file($output) =~ m{^ +(http://\S+)$}mg;

    is(scalar @urls, 3, "$signal: three addresses")
        or diag(read_file($output));

    for my $url (@urls) {
        my $r = get($url);
        is($r->{code}, 200, "$signal: $url");
        like($url, qr{^http://127\.0\.0\.1:$port/}, "$signal: its port");
        like($r->{header}{'content-type'} || '',
             $url =~ m{/card\?} ? qr{^application/json} : qr{^text/html},
             "$signal: its type");

        if ($url =~ m{/card\?}) {
            my $card = $r->json;
            like($card->{title}, qr/\S/, "$signal: a card with a title");
            like($card->{url}, qr{^http://127\.0\.0\.1:$demo/},
                 "$signal: of the demo pages");

            $r = get($url);
            is($r->{code}, 200, "$signal: again");
            ok(wait_for(sub { read_file($output) =~ /\bHIT\b/ }),
               "$signal: the log says HIT");
        }
    }

    my $r = get("http://127.0.0.1:$port/card?url=http://127.0.0.1:$port/");
    is($r->{code}, 403, "$signal: the policy is on");

    # Ctrl-C goes to the group in the foreground, TERM comes to the first
    kill $signal, $signal eq 'INT' ? -$pid : $pid;

    ok(ended($pid), "$signal: ended")
        or do { kill 'KILL', -$pid; waitpid $pid, 0 };

    ok(wait_for(sub { !session($pid) }, 5), "$signal: no process is left")
        or diag(join "\n", session($pid));
    is(join(' ', glob "$temp/*"), '', "$signal: no temporary file is left");

    my $after = files();
    is(join(' ', grep { !$before->{$_} } sort keys %$after), '',
       "$signal: no file is new");

    ok(get("http://127.0.0.1:$port/")->{error}, "$signal: nothing listens");
    unlike(read_file($output), qr/\[(?:alert|crit|emerg)\]/,
           "$signal: no alert");
}


# A port that is taken: said, and nothing left.

{
    my $taken = free_port();
    my $socket = IO::Socket::INET->new(
        Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => $taken,
        Listen => 1, ReuseAddr => 1,
    );

    my $output = temp_dir() . '/output-taken';
    my $pid = start($taken, free_port(), $output);

    ok(ended($pid), 'a taken port: ended')
        or do { kill 'KILL', -$pid; waitpid $pid, 0 };
    isnt($?, 0, 'a taken port: failed');
    like(read_file($output), qr/PORT=/, 'a taken port: what to do');
    is(scalar session($pid), 0, 'a taken port: no process is left');
    is(join(' ', glob "$temp/*"), '', 'a taken port: no file is left');
}

done_testing();
