package UrlMeta::Origin;

# An HTTP/1.1 server that a test plays itself.

use strict;
use warnings;

use Fcntl qw(:flock);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(_exit);
use Socket qw(IPPROTO_TCP SOL_SOCKET SOMAXCONN SO_LINGER TCP_NODELAY);
use Time::HiRes qw(sleep time);

use parent 'UrlMeta::Daemon';

use UrlMeta::Util qw(
    append_file clear_file log_lines read_file temp_dir write_file
);

my $number = 0;

my %reason = (
    200 => 'OK', 204 => 'No Content', 206 => 'Partial Content',
    301 => 'Moved Permanently', 302 => 'Found', 303 => 'See Other',
    304 => 'Not Modified', 307 => 'Temporary Redirect',
    308 => 'Permanent Redirect', 400 => 'Bad Request', 403 => 'Forbidden',
    404 => 'Not Found', 410 => 'Gone', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 503 => 'Service Unavailable',
);


sub new {
    my $class = shift;
    my $any = @_ % 2 ? shift : undef;
    my %option = @_;

    my $self = bless {
        host => delete $option{listen} || '127.0.0.1',
        dir => temp_dir('origin-' . ++$number),
        keepalive => exists $option{keepalive} ? delete $option{keepalive} : 1,
        life => delete $option{life} || 300,
        backlog => delete $option{backlog},
        accept => exists $option{accept} ? delete $option{accept} : 1,
    }, $class;

    my $port = delete $option{port};

    for (keys %option) {
        next if m{^[/*]};
        die "origin(): unknown option \"$_\"";
    }

    $option{'*'} = $any if defined $any;
    $self->{answers} = \%option;

    $self->{listen} = IO::Socket::INET->new(
        Proto => 'tcp', LocalAddr => $self->{host}, LocalPort => $port || 0,
        Listen => $self->{backlog} || SOMAXCONN, ReuseAddr => 1,
    ) or die "origin: cannot listen: $!";

    $self->{port} = $self->{listen}->sockport;
    $self->spawn(sub { $self->serve(@_) });

    # the child has it now; stop() has to leave a port that refuses
    close delete $self->{listen};

    return $self;
}


sub port { return $_[0]{port} }
sub host { return $_[0]{host} }
sub address { return "$_[0]{host}:$_[0]{port}" }


sub url {
    my ($self, $path, $name) = @_;
    $name = $self->{host} if !defined $name;
    return "http://$name:$self->{port}" . (defined $path ? $path : '/');
}


# All requests so far: method, uri, path, query, version, header (lower-cased
# names), body, connection (a number), time.

sub requests {
    my ($self, $path) = @_;
    my $json = JSON::PP->new->latin1;
    my @list = map { $json->decode($_) } log_lines("$self->{dir}/log");
    return grep { !defined $path || $_->{path} eq $path } @list;
}


# How many requests (of a path) came in.

sub count {
    my ($self, $path) = @_;
    my @list = $self->requests($path);
    return scalar @list;
}


# How many requests each path has had, without the cost of reading them.

sub counts {
    my ($self) = @_;
    my %count;

    for (log_lines("$self->{dir}/log")) {
        $count{$1}++ if /"path":"([^"]*)"/;
    }

    return \%count;
}


# How many connections were accepted.

sub connections {
    my ($self) = @_;
    return scalar log_lines("$self->{dir}/connections");
}


sub clear {
    my ($self) = @_;
    clear_file("$self->{dir}/log");
    clear_file("$self->{dir}/connections");
    unlink glob "$self->{dir}/count.*";
    return;
}


# Another answer from now on; data only, code stays in the process it was in.

sub set {
    my ($self, $path, $answer) = @_;

    my $file = "$self->{dir}/answer." . unpack 'H*', $path;
    my $data = ref $answer eq 'SCALAR' ? {raw => $$answer}
             : {answer => $answer};

    write_file("$file.new", JSON::PP->new->latin1->encode($data));
    rename "$file.new", $file or die "rename: $!";
    return;
}


sub serve {
    my ($self, $alive) = @_;

    local $SIG{CHLD} = 'IGNORE';
    my $listen = $self->{listen};
    my $select = IO::Select->new($listen);
    my $id = 0;

    while ($alive->()) {
        if (!$self->{accept}) {
            sleep 0.2;
            next;
        }

        $select->can_read(0.5) or next;
        my $client = $listen->accept or next;
        $id++;
        append_file("$self->{dir}/connections", "$id\n");

        my $pid = fork;

        if (defined $pid && $pid == 0) {
            alarm $self->{life};
            close $listen;
            setsockopt $client, IPPROTO_TCP, TCP_NODELAY, 1;
            eval { $self->connection($client, $id); 1 }
                or print STDERR "# origin: $@";
            close $client;
            _exit(0);
        }

        close $client;
    }

    return;
}


sub connection {
    my ($self, $client, $id) = @_;

    my $buffer = '';

    while (1) {
        my $request = $self->read_request($client, \$buffer) or return;
        $request->{connection} = $id;
        $self->record($request);

        my $keep = $self->answer($client, $request);
        return if !$keep || !$self->{keepalive};
        return if ($request->{header}{connection} || '') =~ /close/i;
    }
}


sub read_request {
    my ($self, $client, $buffer) = @_;

    while ($$buffer !~ /\r\n\r\n/) {
        my $n = sysread $client, $$buffer, 65536, length $$buffer;
        return undef if !$n;
    }

    $$buffer =~ s/\A(.*?)\r\n\r\n//s;
    my $head = $1;
    my ($line, @lines) = split /\r\n/, $head;
    my ($method, $uri, $version) = split / /, $line, 3;
    my ($path, $query) = split /\?/, $uri, 2;
    my %header;

    for (@lines) {
        my ($name, $value) = /^([^:]+):[ \t]*(.*?)[ \t]*$/ or next;
        $name = lc $name;
        $header{$name} = exists $header{$name} ? "$header{$name}, $value"
                                               : $value;
    }

    my $length = $header{'content-length'} || 0;

    while (length $$buffer < $length) {
        my $n = sysread $client, $$buffer, 65536, length $$buffer;
        return undef if !$n;
    }

    return {
        method => $method, uri => $uri, path => $path, query => $query,
        version => $version, header => \%header, head => $head,
        body => substr($$buffer, 0, $length, ''), time => time,
    };
}


# Notes the request, and sets its "count": the how-manieth of its path it is.

sub record {
    my ($self, $request) = @_;

    my $file = "$self->{dir}/count." . substr unpack('H*', $request->{path}),
                                              0, 200;

    if (open my $fh, '+>>', $file) {
        flock $fh, LOCK_EX;
        seek $fh, 0, 0;
        my $n = 1 + (<$fh> || 0);
        truncate $fh, 0;
        syswrite $fh, $n;
        close $fh;
        $request->{count} = $n;
    }

    append_file("$self->{dir}/log",
                JSON::PP->new->latin1->canonical->encode($request) . "\n");
    return;
}


sub find {
    my ($self, $request) = @_;

    for my $path ($request->{path}, '*') {
        my $file = "$self->{dir}/answer." . unpack 'H*', $path;
        next if length $file > 1000 || !-e $file;
        my $data = JSON::PP->new->latin1->decode(read_file($file));
        return exists $data->{raw} ? \$data->{raw} : $data->{answer};
    }

    my $answers = $self->{answers};
    return exists $answers->{$request->{path}} ? $answers->{$request->{path}}
         : exists $answers->{'*'} ? $answers->{'*'}
         : [404, 'text/plain', "nothing here\n"];
}


# Sends the answer; true if the connection may be used again.

sub answer {
    my ($self, $client, $request) = @_;

    my $answer = $self->find($request);

    if (ref $answer eq 'CODE') {
        $answer = $answer->($client, $request);
        return 0 if !defined $answer || $answer eq 'done';
        return 1 if $answer eq 'keep';
    }

    if (ref $answer eq 'SCALAR') {
        write_all($client, $$answer);
        return 0;
    }

    if (!ref $answer) {
        if ($answer eq 'hang') {
            sleep $self->{life};

        } elsif ($answer eq 'reset') {
            setsockopt $client, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;

        } elsif ($answer ne 'close') {
            die "unknown answer \"$answer\"";
        }

        return 0;
    }

    return $self->respond($client, $request, @$answer);
}


sub respond {
    my ($self, $client, $request, $status, $headers, $body, $option) = @_;

    $option ||= {};
    $body = '' if !defined $body;
    $headers = ['Content-Type' => 'text/html; charset=utf-8']
        if !defined $headers;

    my @pairs = !ref $headers ? ('Content-Type' => $headers)
              : ref $headers eq 'ARRAY' ? @$headers
              : map { $_ => $headers->{$_} } sort keys %$headers;

    my @parts = ref $body eq 'ARRAY' ? @$body : ($body);

    for (@parts) {
        utf8::encode($_) if utf8::is_utf8($_);
    }

    if ($option->{gzip}) {
        require IO::Compress::Gzip;
        my $plain = join '', @parts;
        my $packed;
        IO::Compress::Gzip::gzip(\$plain, \$packed);
        @parts = $packed;
        push @pairs, 'Content-Encoding' => 'gzip';
    }

    my %has;
    for (my $i = 0; $i < @pairs; $i += 2) {
        $has{lc $pairs[$i]} = 1;
    }

    my $empty = $status == 304 || $status == 204 || $status < 200;
    my $chunked = !$empty && ($option->{chunked} || ref $body eq 'ARRAY')
                  && !$has{'content-length'};
    my $length = 0;
    $length += length for @parts;

    my $reason = $option->{reason} || $reason{$status} || 'Status';
    my $head = "HTTP/1.1 $status $reason\r\n";

    for (my $i = 0; $i < @pairs; $i += 2) {
        $head .= "$pairs[$i]: $pairs[$i + 1]\r\n";
    }

    if ($chunked) {
        $head .= "Transfer-Encoding: chunked\r\n";

    } elsif (!$empty && !$has{'content-length'}
             && !$has{'transfer-encoding'} && !$option->{until_close})
    {
        $head .= "Content-Length: $length\r\n";
    }

    my $keep = $self->{keepalive} && !$option->{until_close}
               && !$option->{close};
    $head .= "Connection: close\r\n" if !$keep && !$has{connection};
    $head .= "\r\n";

    sleep $option->{delay} if $option->{delay};
    $empty = 1 if $request->{method} eq 'HEAD';

    # one write for a small answer, as real servers do
    if (!$empty && !$chunked && !$option->{chunk_delay} && !$option->{pause}) {
        return write_all($client, join '', $head, @parts) && $keep;
    }

    write_all($client, $head) or return 0;
    return $keep if $empty;

    sleep $option->{pause} if $option->{pause};

    for my $part (@parts) {
        next if $part eq '';
        $part = sprintf "%x\r\n%s\r\n", length $part, $part if $chunked;
        write_all($client, $part) or return 0;
        sleep $option->{chunk_delay} if $option->{chunk_delay};
    }

    sleep $self->{life} if $option->{hang};

    if ($chunked) {
        write_all($client, "0\r\n\r\n") or return 0;
    }

    return $keep;
}


# syswrite() until all is gone; false if the peer went away.

sub write_all {
    my ($client, $data) = @_;

    while (length $data) {
        my $n = syswrite $client, $data;
        return 0 if !defined $n;
        substr $data, 0, $n, '';
    }

    return 1;
}

1;
