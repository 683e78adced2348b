package UrlMeta::Nginx;

# An nginx with the module, in a directory of its own.

use strict;
use warnings;

use Config;
use POSIX qw(_exit);
use Time::HiRes qw(sleep time);

use UrlMeta::Client;
use UrlMeta::Util qw(
    clear_file free_port log_lines project_root read_file run seconds slow
    temp_dir url_encode wait_for write_file
);

my $number = 0;
my (@all, @expected, @problems);


sub binary {
    return $ENV{TEST_URLMETA_NGINX} if $ENV{TEST_URLMETA_NGINX};
    for (split(/:/, $ENV{PATH}), '/usr/sbin', '/usr/local/sbin') {
        return "$_/nginx" if -x "$_/nginx";
    }
    die 'no nginx found: install it, or set TEST_URLMETA_NGINX';
}


# The module's file; empty where it is linked into the binary.

sub module {
    my $module = $ENV{TEST_URLMETA_MODULE};

    if (!defined $module) {
        $module = project_root() . '/build/ngx_http_urlmeta_module.so';
    }

    return '' if $module eq '';
    die "no module at $module: run \"make\" first" if !-e $module;

    return $module;
}


# Whether a directive is compiled in.

my %known;

sub knows {
    my ($directive) = @_;

    if (!exists $known{$directive}) {
        my $code = read_file(module() || binary());

        # the linker may have made it the end of a longer string
        $known{$directive} = $code =~ /(?<!\w)\Q$directive\E\0/;
    }

    return $known{$directive};
}


sub new {
    my ($class, $conf, %option) = @_;

    my $self = bless {
        number => ++$number,
        dir => temp_dir("nginx-$number"),
        workers => delete $option{workers} || 1,
        port => delete $option{port} || free_port(),
        ports => [],
        seen => {},
        owner => $$,
    }, $class;

    chmod 0777, $self->{dir};

    my $start = exists $option{start} ? delete $option{start} : 1;
    $self->{env} = delete $option{env} || {};
    $self->{option} = {
        module => exists $option{module} ? delete $option{module} : 1,
        http => delete $option{http} || '',
        main => delete $option{main} || '',
        events => delete $option{events} || '',
        debug => exists $option{debug} ? delete $option{debug} : 1,
        connections => delete $option{connections} || 1024,
        access_log => exists $option{access_log}
                      ? delete $option{access_log} : 1,
    };

    die 'nginx(): unknown option "' . (keys %option)[0] . '"' if %option;

    $self->write($conf);
    push @all, $self;
    $self->start if $start;

    return $self;
}


sub port {
    my ($self, $n) = @_;
    return $self->{port} if !defined $n;
    $self->{ports}[$n] = free_port() if !$self->{ports}[$n];
    return $self->{ports}[$n];
}


sub address { return "127.0.0.1:$_[0]{port}" }
sub dir { return $_[0]{dir} }
sub url { return "http://127.0.0.1:$_[0]{port}" . ($_[1] || '/') }


# Writes the whole configuration around $conf.

sub write {
    my ($self, $conf, %change) = @_;

    my $option = $self->{option};
    $option->{$_} = $change{$_} for keys %change;

    my $dir = $self->{dir};
    my $module = $option->{module} ? module() : '';
    my $load = $module eq '' ? '' : "load_module $module;";
    my $user = $> == 0 ? 'user root;' : '';
    my $level = $option->{debug} ? 'debug' : 'info';
    my $http = $option->{http};
    my $format = '$status "$request" worker=$pid time=$request_time '
                 . 'bytes=$body_bytes_sent';

    if ($option->{module} && knows('urlmeta')) {
        $format .= ' cache=$urlmeta_cache_status';

        if ("$http$conf" !~ /^\s*urlmeta_cache_zone\b/m
            && knows('urlmeta_cache_zone'))
        {
            $http = "urlmeta_cache_zone zone=cards:10m;\n$http";
        }

        # politeness to 127.0.0.1 would slow down every test
        if ("$http$conf" !~ /^\s*urlmeta_host_limit\b/m
            && knows('urlmeta_host_limit'))
        {
            $http = "urlmeta_host_limit off;\n$http";
        }
    }

    my $log = $option->{access_log} ? "$dir/access.log test" : 'off';

    if ($conf !~ /^\s*server\s*\{/m) {
        $conf = "server {\n    listen 127.0.0.1:%%PORT%%;\n"
                . "    server_name localhost;\n$conf\n}\n";
    }

    my $temp = join "\n", map { "    ${_}_temp_path $dir/$_;" }
                          qw(client_body proxy fastcgi uwsgi scgi);

    my $text = <<"EOF";
daemon off;
master_process on;
$user
worker_processes $self->{workers};
error_log $dir/error.log $level;
pid $dir/nginx.pid;
lock_file $dir/nginx.lock;
$load
$option->{main}
events {
    worker_connections $option->{connections};
    $option->{events}
}
http {
$temp
    log_format test '$format';
    access_log $log;
    default_type application/octet-stream;
$http
$conf
}
EOF

    $text =~ s/%%PORT%%/$self->{port}/g;
    $text =~ s/%%PORT_(\d+)%%/$self->port($1)/ge;
    $text =~ s/%%TESTDIR%%/temp_dir()/ge;

    write_file("$dir/nginx.conf", $text);
    return;
}


sub environment {
    my ($self) = @_;

    my $log = "$self->{dir}/sanitizer";
    my %env = %{$self->{env}};

    # leaks are looked for in what runs to its end, see test()
    my %own = (
        ASAN_OPTIONS => 'detect_leaks=1',
        LSAN_OPTIONS => '',
        UBSAN_OPTIONS => 'print_stacktrace=1',
    );

    for my $name (keys %own) {
        my $given = defined $env{$name} ? $env{$name}
                  : defined $ENV{$name} ? $ENV{$name} : '';
        $env{$name} = join ':', grep { length } $given, $own{$name},
                                                "log_path=$log";
    }

    return %env;
}


sub command {
    my ($self, @more) = @_;
    return (binary(), '-p', "$self->{dir}/", '-c', "$self->{dir}/nginx.conf",
            '-e', "$self->{dir}/error.log", @more);
}


sub start {
    my ($self) = @_;

    die 'nginx runs already' if $self->{pid};

    my %env = $self->environment;
    my @command = $self->command;
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if ($pid == 0) {
        delete $ENV{NGINX};
        $ENV{$_} = $env{$_} for keys %env;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/stderr";
        open STDERR, '>&', \*STDOUT;

        # a Ctrl-C is for the test, which then stops nginx
        setpgrp 0, 0;
        end_with_parent();
        no warnings 'exec';
        exec { $command[0] } @command;
        _exit(127);
    }

    $self->{pid} = $pid;

    my $up = wait_for(sub {
        if (waitpid($pid, 1) == $pid) {
            delete $self->{pid};
            return 1;
        }
        return $self->worker_pids == $self->{workers};
    }, 20);

    if (!$self->{pid} || !$up) {
        my $why = $self->{pid} ? 'its workers did not come up' : 'it ended';
        my $log = join "\n", grep { !/\[debug\]/ }
                             (log_lines("$self->{dir}/stderr"),
                              log_lines("$self->{dir}/error.log"));
        $self->kill('KILL') if $self->{pid};
        $self->{fast} = 1;
        die "nginx did not start: $why\n$log\n";
    }

    return $self;
}


# prctl(PR_SET_PDEATHSIG, SIGTERM): a test that is killed takes nginx with it.

sub end_with_parent {
    my %number = (x86_64 => 157, aarch64 => 167);
    my ($machine) = $Config{archname} =~ /^(\w+)-linux/ or return;
    syscall $number{$machine}, 1, 15, 0, 0, 0 if $number{$machine};
    return;
}


# The processes of a parent, with their titles.

sub children {
    my ($self) = @_;

    my $parent = $self->{pid} or return;
    my %child;

    opendir my $proc, '/proc' or return;

    for my $pid (grep { /^\d+$/ } readdir $proc) {
        my $stat = read_file("/proc/$pid/stat");
        next if $stat !~ /\) (\S) (\d+) /s || $2 != $parent || $1 eq 'Z';
        (my $title = read_file("/proc/$pid/cmdline")) =~ s/\0.*//s;
        $child{$pid} = $title;
    }

    closedir $proc;
    return %child;
}


# The workers that take requests.

sub worker_pids {
    my ($self) = @_;
    my %child = $self->children;
    my @pids = sort { $a <=> $b }
               grep { $child{$_} =~ /^nginx: worker process\s*$/ } keys %child;
    $self->{seen}{$_} = 1 for keys %child;
    return @pids;
}


# The workers that only finish what they began before a reload.

sub old_worker_pids {
    my ($self) = @_;
    my %child = $self->children;
    my @pids = sort { $a <=> $b }
               grep { $child{$_} =~ /worker process is shutting down/ }
               keys %child;
    return @pids;
}


sub master_pid { return $_[0]{pid} }


# True once all workers are new ones; false where nginx kept its old
# configuration.

sub reload {
    my ($self, $conf, %option) = @_;

    $self->write($conf, %option) if defined $conf;

    my %old = map { $_ => 1 } $self->worker_pids;
    my $size = -s "$self->{dir}/error.log" || 0;

    CORE::kill 'HUP', $self->{pid};

    my $failed;

    my $done = wait_for(sub {
        my @now = $self->worker_pids;
        return 1 if @now == $self->{workers} && !grep { $old{$_} } @now;

        my $news = substr read_file("$self->{dir}/error.log"), $size;
        $failed = $news =~ /\[emerg\]/;
        return $failed;
    }, 30);

    return $done && !$failed ? 1 : 0;
}


# The workers of before a reload are gone.

sub wait_old {
    my ($self, $limit) = @_;
    return wait_for(sub { !$self->old_worker_pids }, $limit || 10);
}


# Sends SIGKILL to a worker and waits for its successor, whose pid it returns.
# The alerts of nginx about this are expected.

sub kill_worker {
    my ($self, $pid, %option) = @_;

    my @before = $self->worker_pids;
    $pid = $before[0] if !defined $pid;

    my $signal = $option{signal} || 'KILL';
    push @expected, qr/worker process $pid exited on signal/,
                    qr/shared memory zone .* was locked by $pid\b/;

    CORE::kill $signal, $pid;

    my %old = map { $_ => 1 } @before;
    my ($new) = ();

    wait_for(sub {
        my @now = $self->worker_pids;
        ($new) = grep { !$old{$_} } @now;
        return @now == $self->{workers} && !grep { $_ == $pid } @now;
    }, 10);

    return $new;
}


# A signal to the master.

sub kill {
    my ($self, $signal) = @_;

    return if !$self->{pid};
    $self->worker_pids;
    $self->{fast} = 1 if $signal =~ /^(?:TERM|INT)$/;
    CORE::kill $signal, $self->{pid};

    if ($signal eq 'KILL') {
        waitpid $self->{pid}, 0;
        delete $self->{pid};
        CORE::kill 'KILL', $_ for grep { $self->owns($_) }
                                  keys %{$self->{seen}};
    }

    return;
}


# Whether a pid is (still) a process of this nginx: pids are given anew.

sub owns {
    my ($self, $pid) = @_;
    return scalar grep { (readlink $_ || '') =~ m{^\Q$self->{dir}\E/} }
                       glob "/proc/$pid/fd/*";
}


# Graceful; a master that does not end is a failure of the test.

sub stop {
    my ($self, $signal) = @_;

    my $pid = $self->{pid};
    return 1 if !$pid || $self->{owner} != $$;

    $signal ||= 'QUIT';
    $self->{fast} = 1 if $signal ne 'QUIT';
    CORE::kill $signal, $pid;

    my $status;
    my $ended = wait_for(sub {
        return 0 if waitpid($pid, 1) != $pid;
        $status = $?;
        return 1;
    }, 15);

    if (!$ended) {
        push @problems, "nginx $self->{number} did not stop within "
                        . seconds(15) . ' s';
        $self->kill('KILL');
        return 0;
    }

    delete $self->{pid};

    if ($status != 0) {
        push @problems, "nginx $self->{number} ended with status $status";
    }

    return 1;
}


sub restart {
    my ($self, $conf, %option) = @_;
    $self->stop;
    $self->write($conf, %option) if defined $conf;
    return $self->start;
}


# nginx -t: whether the configuration is good, and what nginx said.

sub test {
    my ($self) = @_;

    my %env = $self->environment;

    # after -t nginx leaves its cycle to the end of the process
    $env{ASAN_OPTIONS} .= ':detect_leaks=0';
    local @ENV{keys %env} = values %env;

    my ($code, $output) = run(20, $self->command('-t'));

    # an [emerg] here is an answer, no accident
    clear_file("$self->{dir}/error.log") if !$self->{pid};

    return wantarray ? ($code == 0 ? 1 : 0, $output) : $code == 0;
}


sub connect {
    my ($self, %option) = @_;
    return UrlMeta::Client->new(port => $self->{port}, %option);
}


sub request {
    my ($self, $method, $uri, %option) = @_;

    my $port = delete $option{port};
    my $client = $self->connect(defined $port ? (port => $port) : ())
        or return UrlMeta::Response->failed("cannot connect: $!", $uri);

    my $response = $client->request($method, $uri, keepalive => 0, %option);
    $client->close;

    return $response;
}


sub get {
    my ($self, $uri, %option) = @_;
    return $self->request('GET', $uri, %option);
}


sub head {
    my ($self, $uri, %option) = @_;
    return $self->request('HEAD', $uri, %option);
}


# The card of a URL, by the test's location /card with "urlmeta $arg_url;".

sub card {
    my ($self, $url, %option) = @_;
    my $location = delete $option{location} || '/card';
    my $more = delete $option{arguments} || '';
    return $self->get("$location?url=" . url_encode($url) . $more, %option);
}


# Sends bytes as they are and reads until nginx closes.

sub raw {
    my ($self, $data, %option) = @_;
    my $client = $self->connect or return undef;
    $client->send($data);
    my $answer = $client->read_all($option{timeout});
    $client->close;
    return $answer;
}


# All at the same time, each over its own connection; answers in the order of
# the requests.

sub parallel {
    my ($self, @uris) = @_;

    my @clients = map { scalar $self->connect } @uris;
    my $start = time;

    for my $i (0 .. $#uris) {
        my $client = $clients[$i] or next;
        $client->send($client->message('GET', $uris[$i]));
    }

    my @responses;

    for my $i (0 .. $#uris) {
        my $client = $clients[$i];
        push @responses, $client
            ? $client->response(uri => $uris[$i], start => $start)
            : UrlMeta::Response->failed('cannot connect', $uris[$i]);
        $client->close if $client;
    }

    return @responses;
}


sub error_log {
    my ($self) = @_;
    return read_file("$self->{dir}/error.log");
}


# Lines of the error log that match.

sub logged {
    my ($self, $pattern) = @_;
    my @lines = grep { /$pattern/ } log_lines("$self->{dir}/error.log");
    return @lines;
}


# The access log: a hash for each request with status, method, uri, worker,
# time, bytes and cache.

sub access_log {
    my ($self) = @_;

    my @requests = map {
        /^(\d+)[ ]"(\S*)[ ]?(\S*)[^"]*"[ ]worker=(\d+)[ ]time=(\S+)
         [ ]bytes=(\d+)(?:[ ]cache=(\S*))?/x
            ? {status => $1, method => $2, uri => $3, worker => $4,
               time => $5, bytes => $6, cache => $7} : ();
    } log_lines("$self->{dir}/access.log");

    return @requests;
}


# Resident memory in KB, and the number of open files, of a process.

sub rss {
    my ($self, $pid) = @_;
    ($pid) = $self->worker_pids if !defined $pid;
    return read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : undef;
}


sub open_files {
    my ($self, $pid) = @_;
    ($pid) = $self->worker_pids if !defined $pid;
    my @files = glob "/proc/$pid/fd/*";
    return scalar @files;
}


# User and system time of a process in seconds.

sub cpu_time {
    my ($self, $pid) = @_;
    ($pid) = $self->worker_pids if !defined $pid;
    my $stat = read_file("/proc/$pid/stat");
    $stat =~ s/^.*\) //s or return undef;
    my @field = split / /, $stat;
    return ($field[11] + $field[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}


# What follows is about all instances of the test.

sub expect_alert {
    push @expected, @_;
    return;
}


sub stop_all {
    $_->stop for @all;
    return;
}


# Every line of a log that no test may cause unasked.

sub alerts {
    my @bad;

    for my $self (@all) {
        for my $line (log_lines("$self->{dir}/error.log"),
                      log_lines("$self->{dir}/stderr"))
        {
            next if $line !~ /\[(?:alert|emerg|crit)\]/;
            next if grep { $line =~ $_ } @expected;
            push @bad, $line;
        }
    }

    return (@problems, @bad);
}


# nginx's own: the first octet of an address, 128 or more, goes through an int.

my $known = qr{^src/core/ngx_resolver\.c:\d+:\d+: runtime error: left shift};


# What AddressSanitizer, LeakSanitizer and UBSan found.

sub sanitizer_reports {
    return map { $_->own_sanitizer_reports } @all;
}


sub own_sanitizer_reports {
    my ($self) = @_;

    my @reports;

    for my $file (glob("$self->{dir}/sanitizer*"), "$self->{dir}/stderr") {
        my $text = read_file($file);
        next if $text !~ /Sanitizer|runtime error:/;

        # in a fast exit, as in one for an error, nginx leaves its requests and
        # its cycle to the end of the process
        next if $self->{fast} && $text =~ /ERROR: LeakSanitizer/;
        push @reports, "$file:\n" . substr $text, 0, 20000;
    }

    # where UBSan has no log of its own it writes to stderr, which nginx makes
    # its error log
    push @reports, grep {
        !m{^\d{4}/\d\d/\d\d } && /Sanitizer: |: runtime error: / && !/$known/
    } log_lines("$self->{dir}/error.log");

    return @reports;
}


# The reports, which then are no failure any more.

sub take_sanitizer_reports {
    my ($self) = @_;

    my @reports = $self->own_sanitizer_reports;
    unlink glob("$self->{dir}/sanitizer*"), "$self->{dir}/stderr",
           "$self->{dir}/error.log";

    return @reports;
}


# Processes that still hold a file of the test's directory open.

sub leftovers {
    my $dir = temp_dir();
    my @left;

    opendir my $proc, '/proc' or return;

    for my $pid (grep { /^\d+$/ && $_ != $$ } readdir $proc) {
        my @files = grep { (readlink $_ || '') =~ m{^\Q$dir\E/} }
                    glob "/proc/$pid/fd/*";
        next if !@files;
        (my $title = read_file("/proc/$pid/cmdline")) =~ tr/\0/ /;
        push @left, "$pid $title";
    }

    closedir $proc;
    return @left;
}


sub kill_leftovers {
    for (leftovers()) {
        my ($pid) = /^(\d+)/;
        CORE::kill 'KILL', $pid;
    }
    return;
}

1;
