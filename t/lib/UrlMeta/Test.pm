package UrlMeta::Test;

use strict;
use warnings;

use Cwd qw(getcwd);
use File::Path qw(remove_tree);
use Test::More ();

use UrlMeta::Client;
use UrlMeta::DNS;
use UrlMeta::Daemon;
use UrlMeta::Nginx;
use UrlMeta::Origin;
use UrlMeta::Util qw(
    free_port project_root read_file run sanitized seconds shared_path slow
    temp_dir url_encode wait_for write_file
);

our @EXPORT = qw(
    allow certificate conf_test dns done_testing expect_alert free_port get
    nginx origin project_root read_file run sanitized seconds shared_path slow
    temp_dir tls_origin url_encode wait_for write_file
);

my $main = $$;
my $cwd = getcwd();
my ($checked, $ca);
my $serial = 0;


sub import {
    my ($class) = @_;
    my $caller = caller;

    strict->import;
    warnings->import;

    no strict 'refs';

    for (grep { /^\w+$/ && !/^(?:done_testing|todo)$/ } @Test::More::EXPORT) {
        my $code = Test::More->can($_) or next;
        *{"${caller}::$_"} = $code;
    }

    *{"${caller}::TODO"} = \${"${caller}::TODO"};
    *{"${caller}::$_"} = \&{$_} for @EXPORT;

    Test::More->builder->exported_to($caller);
    return;
}


sub nginx {
    my ($conf, %option) = @_;
    return UrlMeta::Nginx->new($conf, %option);
}


sub origin {
    return UrlMeta::Origin->new(@_);
}


sub dns {
    my ($names, %option) = @_;
    return UrlMeta::DNS->new($names, %option);
}


sub get {
    my ($url, %option) = @_;

    my ($host, $port, $uri) = $url =~ m{^http://([^/:]+)(?::(\d+))?(/.*)?$}s
        or die "get(): cannot read \"$url\"";

    my $client = UrlMeta::Client->new(host => $host, port => $port || 80)
        or return UrlMeta::Response->failed("cannot connect: $!", $uri);

    my $response = $client->request('GET', $uri || '/', keepalive => 0,
                                    %option);
    $client->close;

    return $response;
}


sub allow {
    return join "\n", map { 'urlmeta_allow ' . $_->address . ';' } @_;
}


sub conf_test {
    my ($conf, %option) = @_;
    return UrlMeta::Nginx->new($conf, %option, start => 0)->test;
}


sub expect_alert {
    return UrlMeta::Nginx::expect_alert(@_);
}


sub openssl {
    my ($code, $output) = run(30, 'openssl', @_);
    die "openssl $_[0]: $output" if $code != 0;
    return;
}


# One authority a test, made when it is first needed.

sub authority {
    return $ca if $ca;

    my $dir = temp_dir('tls');
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
            '-subj', '/CN=urlmeta test authority',
            '-keyout', "$dir/ca.key", '-out', "$dir/ca.crt");

    $ca = {dir => $dir, cert => "$dir/ca.crt", key => "$dir/ca.key"};
    return $ca;
}


sub certificate {
    my (%option) = @_;

    my $authority = authority();
    my @names = @{$option{names} || ['localhost', '127.0.0.1']};
    my $file = "$authority->{dir}/" . ++$serial;

    my $alternatives = join ',', map {
        /^[\d.]+$|:/ ? "IP:$_" : "DNS:$_"
    } @names;

    write_file("$file.ext", "subjectAltName=$alternatives\n");
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj',
            "/CN=$names[0]", '-keyout', "$file.key", '-out', "$file.csr");

    my @signer = $option{self_signed} ? ('-signkey', "$file.key")
               : ('-CA', $authority->{cert}, '-CAkey', $authority->{key},
                  '-set_serial', 1000 + $serial);

    openssl('x509', '-req', '-in', "$file.csr", @signer, '-days',
            $option{expired} ? -1 : 2, '-extfile', "$file.ext",
            '-out', "$file.crt");

    return {cert => "$file.crt", key => "$file.key", ca => $authority->{cert}};
}


# An nginx that speaks TLS in front of an origin.

sub tls_origin {
    my ($origin, %option) = @_;

    my $tls = $option{certificate} || certificate(%option);
    my $more = $option{conf} || '';

    my $nginx = nginx(<<"EOF", module => 0);
    listen 127.0.0.1:%%PORT_0%% ssl;
    ssl_certificate $tls->{cert};
    ssl_certificate_key $tls->{key};
    $more
    location / {
        proxy_pass http://@{[$origin->address]};
        proxy_http_version 1.1;
        proxy_set_header Host \$http_host;
        proxy_set_header Accept-Encoding \$http_accept_encoding;
        proxy_buffering off;
        proxy_read_timeout 300s;
    }
EOF

    return bless {nginx => $nginx, port => $nginx->port(0), tls => $tls},
                 'UrlMeta::Test::TLS';
}


# Stops everything and looks at what is left: pairs of what has to be so and
# the list of what contradicts it.

sub check {
    $checked = 1;
    return if !UrlMeta::Util::temp_dir_used();

    UrlMeta::Nginx::stop_all();
    UrlMeta::Daemon::stop_all();

    my @checks = (
        ['no alerts', [UrlMeta::Nginx::alerts()]],
        ['no sanitizer reports', [UrlMeta::Nginx::sanitizer_reports()]],
        ['no process left', [UrlMeta::Nginx::leftovers()]],
    );

    UrlMeta::Nginx::kill_leftovers();

    return @checks;
}


sub done_testing {
    for (check()) {
        my ($name, $found) = @$_;
        my @some = @$found > 50 ? @$found[0 .. 49] : @$found;
        Test::More::ok(!@$found, $name)
            or Test::More::diag(join "\n", @some);
    }

    return Test::More->builder->done_testing;
}


# A test that is interrupted has to come to its END.

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);


END {
    if ($$ == $main) {
        my $status = $?;

        if (!$checked) {
            for (check()) {
                my ($name, $found) = @$_;
                next if !@$found;
                print STDERR "# not so: $name\n", map { "#   $_\n" } @$found;
                $status ||= 1;
            }
        }

        chdir $cwd;

        if (UrlMeta::Util::temp_dir_used()) {
            if ($ENV{TEST_URLMETA_LEAVE}) {
                print STDERR '# left: ', temp_dir(), "\n";

            } else {
                remove_tree(temp_dir());
            }
        }

        $? = $status;
    }
}


package UrlMeta::Test::TLS;

sub port { return $_[0]{port} }
sub address { return "127.0.0.1:$_[0]{port}" }
sub ca { return $_[0]{tls}{ca} }
sub nginx { return $_[0]{nginx} }


sub url {
    my ($self, $path, $name) = @_;
    $name = '127.0.0.1' if !defined $name;
    return "https://$name:$self->{port}" . (defined $path ? $path : '/');
}


1;

__END__

=head1 NAME

UrlMeta::Test - nginx with the module, and everybody it talks to, in a test

=head1 SYNOPSIS

    use lib 't/lib';
    use UrlMeta::Test;

    my $o = origin('/a' => [200, 'text/html', '<title>One</title>']);
    my $d = dns({'site.test' => ['127.0.0.1'], 'dead.test' => 'silent'});

    my $n = nginx(<<"EOF", workers => 2);
        resolver @{[$d->address]} ipv6=off;

        location /card {
            urlmeta \$arg_url;
            urlmeta_cache cards;
            @{[allow($o)]}
        }
    EOF

    my $r = $n->card($o->url('/a', 'site.test'));
    is($r->{code}, 200, 'status');
    is($r->json->{title}, 'One', 'title');

    $n->card($o->url('/a', 'site.test'));
    is(($n->access_log)[-1]{cache}, 'HIT', 'the second is a hit');
    is($o->count('/a'), 1, 'the origin was asked once');

    done_testing();

C<use UrlMeta::Test> turns on strict and warnings and exports Test::More's
functions and those below. Only core modules are used.

C<done_testing()> stops everything and adds three tests: no unexpected
C<[alert]>, C<[emerg]> or C<[crit]> in any error log (and every nginx ended
with status 0 in time), no report of a sanitizer, and no process left. Where a
test dies before, the same is checked at its end and sets the exit status.

Nothing waits without a limit. All limits are multiplied by
C<TEST_URLMETA_SLOW>.

=head1 ENVIRONMENT

=over

=item TEST_URLMETA_NGINX

The nginx binary; else the first in PATH.

=item TEST_URLMETA_MODULE

The module's file; else F<build/ngx_http_urlmeta_module.so>. Empty: it is
linked into the binary.

=item TEST_URLMETA_LEAVE

Set: keep the directory of the test, and say where it is.

=item TEST_URLMETA_SEED, TEST_URLMETA_CASES

Of the random URLs of F<t/22-ssrf.t>: the seed, and how many.

=item TEST_URLMETA_SLOW

How many times longer to wait.

=item TEST_URLMETA_SANITIZED

Set: the binary was built with sanitizers.

=item URLMETA_SHARED

Where shared test material is; else F<../shared>.

=back

=head1 NGINX

=head2 nginx($conf, %options)

Writes a complete configuration around C<$conf> and starts it. Where C<$conf>
has no C<server {> of its own at the beginning of a line, it is the content of
one that listens on C<127.0.0.1:%%PORT%%>. C<%%PORT%%> is C<< $n->port >>,
C<%%PORT_0%%> and so on are further free ports (C<< $n->port(0) >>),
C<%%TESTDIR%%> is the directory of the test.

The http part gets C<urlmeta_cache_zone zone=cards:10m;> and
C<urlmeta_host_limit off;>, each unless the directive is given somewhere.

Options: C<workers> (1), C<http>, C<main>, C<events> (more text for these
blocks), C<connections> (1024), C<module> (0: do not load it), C<debug> (0: an
error log of level info, for load), C<access_log> (0: none), C<start> (0: only
write), C<env> (a hash), C<port>.

=head2 Requests

    $r = $n->get('/uri', headers => {...}, timeout => 10);
    $r = $n->head('/uri');
    $r = $n->request('POST', '/uri', body => '...');
    $r = $n->card('http://site.test/', location => '/card',
                  arguments => '&format=html');
    @r = $n->parallel('/a', '/b');       # at the same time
    $text = $n->raw("GET / HTTP/1.0\r\n\r\n");
    $r = get('http://127.0.0.1:8080/');  # of anything

C<headers> may be an array of pairs, to keep order or to repeat one. Each of
these uses a connection of its own. One that stays:

    $c = $n->connect;
    $r = $c->get('/uri');
    $c->send("GET /uri HTTP/1.1\r\n");   # bytes as they are
    $r = $c->response;
    $c->closed(2);                       # nginx closes within 2 s
    $c->close; $c->reset;                # FIN; RST

A response has C<code> (0: none came, see C<error>), C<line>, C<header>
(lower-cased names, values of the same name joined by C<", ">), C<headers>
(pairs as they came), C<body>, C<raw>, C<uri>, C<time> (seconds), C<error>
("timeout", "closed", "incomplete" or the system's) and the methods C<json>
(undef if it is none) and C<header($name)>.

=head2 Control

    $n->stop; $n->stop('TERM');
    $n->start; $n->restart($new_conf);
    $n->reload($new_conf);     # waits for the new workers; 0 if refused
    $n->wait_old;              # ... and until the old ones are gone
    $n->worker_pids; $n->old_worker_pids; $n->master_pid;
    $n->kill_worker($pid);     # SIGKILL, waits for the new one, returns it
    $n->kill('USR1');          # a signal to the master
    $n->dir; $n->port; $n->address;

=head2 Looking

    $n->error_log;             # the text
    $n->logged(qr/.../);       # lines
    $n->access_log;            # hashes: status method uri worker time
                               # bytes cache
    $n->rss($pid); $n->open_files($pid); $n->cpu_time($pid);
    $n->take_sanitizer_reports;  # a list; they are no failure any more

=head2 conf_test($conf, %options)

C<nginx -t> of a configuration as for C<nginx()>: whether it is good, and in
list context what nginx said, too.

=head2 expect_alert(qr/.../)

Lines that match are no failure. C<kill_worker> expects its alerts itself; the
C<[emerg]> of a refused C<reload> has to be expected.

=head2 allow($origin, ...)

C<urlmeta_allow 127.0.0.1:PORT;> for each.

=head1 ORIGIN

    $o = origin('/path' => $answer, ..., '*' => $answer, %options);
    $o = origin(sub { my ($socket, $request) = @_; ... });

C<*> answers what no other path does; else it is a 404. An answer is

=over

=item [status, headers, body, {options}]

Headers are a content type, a hash, an array of pairs or undef (HTML in
UTF-8). A body that is an array of strings is sent chunked, each by its own
write. Options: C<delay> (seconds before the status line), C<pause> (after the
header), C<chunk_delay> (after each chunk), C<hang> (no end of the body),
C<gzip>, C<chunked>, C<until_close> (no length), C<close>, C<reason>.

=item \"raw bytes"

Written as they are, then the connection is closed.

=item 'hang', 'close', 'reset'

Reads the request and says nothing; closes; closes with a RST.

=item sub { my ($socket, $request) = @_; ... }

Runs in the process of the connection. It returns an answer, or writes to the
socket itself and returns C<'keep'>, or C<'done'> to have the connection
closed. Variables that it changes are its own; C<< $request->{count} >> says
the how-manieth request of its path this is. A request also has method, uri,
path, query, version, header (a hash, lower-cased names), head (the text),
body, connection (a number) and time.

=back

Options: C<listen> (127.0.0.1), C<port>, C<keepalive> (1), C<accept> (0: never,
connections stay in the backlog), C<backlog>, C<life> (seconds after which a
connection's process ends: 300).

C<< $o->port >>, C<address>, C<url($path, $host_name)>, C<requests($path)>,
C<count($path)>, C<counts> (a hash of all paths), C<connections>, C<clear> (the
log and counts), C<< set($path => $answer) >> (data only), C<stop>.

=head2 tls_origin($origin, names => [...], expired => 1, self_signed => 1)

TLS in front of an origin, by an nginx. C<port>, C<address>, C<url>, C<ca> (the
file for C<urlmeta_ssl_trusted_certificate>), C<nginx>. C<conf> adds to its
server block.

=head2 certificate(%options)

C<{cert, key, ca}>, files.

=head1 NAME SERVER

    $d = dns({
        'site.test' => ['127.0.0.1', '::1'],
        'none.test' => 'nxdomain',   # empty formerr servfail refused silent
        'slow.test' => {addresses => ['127.0.0.1'], ttl => 1, delay => 2},
        'turn.test' => {sequence => [['192.0.2.1'], ['127.0.0.1']], ttl => 0},
        'name.test' => {cname => 'site.test', addresses => ['127.0.0.1']},
        'long.test' => {cname => ['a.test', 'b.test'], addresses => [...]},
    }, ttl => 60, other => 'nxdomain', listen => '127.0.0.1', port => 0);

C<sequence> is one list for each lookup of a type in turn. What is too long for
a datagram is told over TCP. C<port>, C<address>,
C<queries($name, $type)> (hashes: name type time), C<count>, C<clear>,
C<< set($name => $spec) >>, C<stop>.

=head1 A NETWORK OF ITS OWN

    use UrlMeta::Namespace;    # before UrlMeta::Test
    use UrlMeta::Test;
    use UrlMeta::Canary;

    my $canary = UrlMeta::Canary->new(ports => [80, 443, 22]);
    ...
    my @complaints = UrlMeta::Canary::compare(
        [UrlMeta::Canary::want('http://site.com/', '93.184.216.34')],
        [$canary->events]);

UrlMeta::Namespace runs the test again in a network namespace where every
address, but for multicast, is one of this machine. The canary listens at all of
them and notes who came where, with which request. Where a namespace is refused
the test fails: to skip it would prove nothing.

C<UrlMeta::Namespace::connections()> is how many connections the kernel began
there, those to ports without a listener too.

=head1 OTHERS

C<wait_for(sub { ... }, $seconds)> calls each 10 ms until true, and returns the
value or undef. C<url_encode>, C<free_port>, C<temp_dir($name)>, C<read_file>,
C<write_file>, C<seconds($n)> (times TEST_URLMETA_SLOW), C<slow>,
C<< run($limit, @command) >> (exit code and output), C<project_root>,
C<sanitized> (in C<make asan>, where freed memory is kept for a while),
C<shared_path($path)> (undef where it is absent).

=cut
