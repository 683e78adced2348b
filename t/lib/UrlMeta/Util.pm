package UrlMeta::Util;

# What the other parts of the test library share: files, ports, waiting.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(
    append_file clear_file free_port log_lines project_root read_file run
    sanitized seconds shared_path slow temp_dir url_encode wait_for write_file
);

my ($dir, $owner);
my %locked;


# Everything that a sanitizer, valgrind or a busy machine makes slower waits
# this many times as long.

sub slow {
    return $ENV{TEST_URLMETA_SLOW} || 1;
}


# Whether this runs under sanitizers, which keep memory that was freed.

sub sanitized {
    return $ENV{TEST_URLMETA_SANITIZED} ? 1 : 0;
}


sub seconds {
    my ($n) = @_;
    return $n * slow();
}


sub project_root {
    return abs_path(dirname(__FILE__) . '/../../..');
}


# Whether there is anything to remove.

sub temp_dir_used {
    return defined $dir && $owner == $$;
}


# The material shared by those who develop the module; undef where it is absent.

sub shared_path {
    my ($path) = @_;
    my $base = defined $ENV{URLMETA_SHARED} ? $ENV{URLMETA_SHARED}
                                            : project_root() . '/../shared';
    return -e "$base/$path" ? "$base/$path" : undef;
}


# One directory a test, removed at its end by UrlMeta::Test.

sub temp_dir {
    my ($name) = @_;

    if (!defined $dir || $owner != $$) {
        $dir = tempdir('urlmeta-test-XXXXXXXX', TMPDIR => 1);
        $owner = $$;
        chmod 0755, $dir;
    }

    return $dir if !defined $name;

    make_path("$dir/$name");
    return "$dir/$name";
}


sub read_file {
    my ($path) = @_;
    open my $fh, '<:raw', $path or return '';
    local $/;
    my $text = <$fh>;
    return defined $text ? $text : '';
}


sub write_file {
    my ($path, $text) = @_;
    make_path(dirname($path));
    open my $fh, '>:raw', $path or die "cannot write $path: $!";
    print $fh $text;
    close $fh or die "cannot write $path: $!";
    return $path;
}


# One write() of a short line to a file opened for appending is atomic, so that
# several processes may keep one log.

sub append_file {
    my ($path, $line) = @_;
    open my $fh, '>>:raw', $path or return;
    syswrite $fh, $line;
    close $fh;
    return;
}


sub clear_file {
    my ($path) = @_;
    truncate $path, 0;
    return;
}


sub log_lines {
    my ($path) = @_;
    return split /\n/, read_file($path);
}


# A TCP port of 127.0.0.1, below the range that the kernel gives away itself.
# The UDP port of the same number is held as a lock among tests that run at the
# same time.

sub free_port {
    for (1 .. 200) {
        my $port = 20000 + int rand 12000;
        next if $locked{$port};

        my $lock = IO::Socket::INET->new(
            Proto => 'udp', LocalAddr => '127.0.0.1', LocalPort => $port,
        ) or next;

        my $free = IO::Socket::INET->new(
            Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => $port,
            Listen => 1, ReuseAddr => 1,
        ) or next;

        close $free;
        $locked{$port} = $lock;
        return $port;
    }

    die 'no free port';
}


sub url_encode {
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}


# Calls the code every 10 ms until it is true; its value, or undef at the end.

sub wait_for {
    my ($code, $limit) = @_;
    my $end = time + seconds(defined $limit ? $limit : 5);

    while (1) {
        my $value = $code->();
        return $value if $value;
        return undef if time >= $end;
        sleep 0.01;
    }
}


# A command's exit code, and its output and errors together.

sub run {
    my ($limit, @command) = @_;
    my $output = temp_dir() . "/run.$$." . int rand 1e9;

    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $output;
        open STDERR, '>&', \*STDOUT;
        setpgrp 0, 0;
        no warnings 'exec';
        exec { $command[0] } @command;
        require POSIX;
        POSIX::_exit(127);
    }

    my $code;
    wait_for(sub {
        if (waitpid($pid, 1) == $pid) {
            $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
            return 1;
        }
        return 0;
    }, $limit);

    if (!defined $code) {
        kill 'KILL', -$pid;
        waitpid $pid, 0;
        $code = 124;
    }

    my $text = read_file($output);
    unlink $output;
    return ($code, $text);
}

1;
