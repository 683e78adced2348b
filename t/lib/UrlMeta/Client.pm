package UrlMeta::Client;

# One connection of a client, and the responses that come over it.

use strict;
use warnings;

use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use IO::Select;
use IO::Socket::INET;
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_LINGER TCP_NODELAY);
use Time::HiRes qw(time);

use UrlMeta::Util qw(seconds);


sub new {
    my ($class, %option) = @_;

    my $socket = IO::Socket::INET->new(
        Proto => 'tcp',
        PeerAddr => $option{host} || '127.0.0.1',
        PeerPort => $option{port},
        Timeout => seconds(5),
    );

    return undef if !$socket;

    $socket->blocking(0);
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;

    return bless {
        socket => $socket,
        timeout => $option{timeout} || 10,
        name => $option{name} || 'localhost',
        buffer => '',
    }, $class;
}


# Writes bytes as they are; true if all went out.

sub send {
    my ($self, $data) = @_;

    local $SIG{PIPE} = 'IGNORE';
    my $select = IO::Select->new($self->{socket});
    my $end = time + seconds($self->{timeout});

    while (length $data) {
        my $left = $end - time;
        return 0 if $left <= 0;
        next if !$select->can_write($left);

        my $n = syswrite $self->{socket}, $data;

        if (!defined $n) {
            next if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
            return 0;
        }

        substr $data, 0, $n, '';
    }

    return 1;
}


# The text of a request.

sub message {
    my ($self, $method, $uri, %option) = @_;

    my $version = $option{version} || '1.1';
    my $headers = $option{headers} || {};
    my @pairs = ref $headers eq 'ARRAY' ? @$headers
              : map { $_ => $headers->{$_} } sort keys %$headers;
    my %has;

    my $text = "$method $uri HTTP/$version\r\n";

    for (my $i = 0; $i < @pairs; $i += 2) {
        $has{lc $pairs[$i]} = 1;
        $text .= "$pairs[$i]: $pairs[$i + 1]\r\n";
    }

    if (!$has{host}) {
        $text .= "Host: $self->{name}\r\n";
    }

    if (!$has{connection} && !$option{keepalive}) {
        $text .= "Connection: close\r\n";
    }

    if (defined $option{body}) {
        if (!$has{'content-length'} && !$has{'transfer-encoding'}) {
            $text .= 'Content-Length: ' . length($option{body}) . "\r\n";
        }
        return "$text\r\n$option{body}";
    }

    return "$text\r\n";
}


# A whole exchange; the connection stays open if the server leaves it so.

sub request {
    my ($self, $method, $uri, %option) = @_;

    local $self->{timeout} = $option{timeout} || $self->{timeout};
    my $start = time;

    $self->send($self->message($method, $uri, keepalive => 1, %option));

    return $self->response(method => $method, uri => $uri, start => $start);
}


sub get {
    my ($self, $uri, %option) = @_;
    return $self->request('GET', $uri, %option);
}


# More bytes into the buffer: 1; 0 at the end of the stream, with
# $self->{error} if it was no orderly end.

sub fill {
    my ($self, $end) = @_;

    return 0 if $self->{ended};

    while (1) {
        my $left = $end - time;

        if ($left <= 0) {
            $self->{error} = 'timeout';
            return 0;
        }

        IO::Select->new($self->{socket})->can_read($left) or next;

        my $n = sysread $self->{socket}, $self->{buffer}, 65536,
                        length $self->{buffer};

        if (!defined $n) {
            next if $! == EAGAIN || $! == EWOULDBLOCK || $! == EINTR;
            $self->{error} = "$!";
            $self->{ended} = 1;
            return 0;
        }

        if ($n == 0) {
            $self->{ended} = 1;
            return 0;
        }

        return 1;
    }
}


# Takes what the pattern matches at the beginning of the buffer.

sub take {
    my ($self, $pattern, $end) = @_;

    while (1) {
        if ($self->{buffer} =~ s/\A($pattern)//) {
            return $1;
        }
        return undef if !$self->fill($end);
    }
}


sub take_bytes {
    my ($self, $n, $end) = @_;

    while (length $self->{buffer} < $n) {
        last if !$self->fill($end);
    }

    $self->{complete} = 0 if length $self->{buffer} < $n;
    return substr $self->{buffer}, 0, $n, '';
}


sub response {
    my ($self, %option) = @_;

    my $start = $option{start} || time;
    my $end = time + seconds($option{timeout} || $self->{timeout});

    delete $self->{error};
    $self->{complete} = 1;

    my %r = (
        uri => $option{uri}, code => 0, line => '', header => {},
        headers => [], body => '', raw => '',
    );

    my $head = $self->take(qr/.*?\r\n\r\n/s, $end);

    if (!defined $head) {
        $r{raw} = $self->{buffer};
        $r{error} = $self->{error}
                    || ($self->{buffer} eq '' ? 'closed' : 'incomplete');
        $r{time} = time - $start;
        return bless \%r, 'UrlMeta::Response';
    }

    ($r{line}, my @lines) = split /\r\n/, $head;
    ($r{code}) = $r{line} =~ m{^HTTP/1\.[01] (\d{3})};
    $r{code} ||= 0;

    for (@lines) {
        my ($name, $value) = /^([^:]+):[ \t]*(.*?)[ \t]*$/ or next;
        push @{$r{headers}}, [$name, $value];
        $name = lc $name;
        $r{header}{$name} = exists $r{header}{$name}
                            ? "$r{header}{$name}, $value" : $value;
    }

    my $method = $option{method} || 'GET';
    my $encoding = $r{header}{'transfer-encoding'} || '';
    my $wire = '';

    if ($method eq 'HEAD' || $r{code} == 204 || $r{code} == 304
        || $r{code} < 200)
    {
        # these have no body

    } elsif ($encoding =~ /chunked/i) {

        while (1) {
            my $line = $self->take(qr/[^\r\n]*\r\n/, $end);
            if (!defined $line) {
                $self->{complete} = 0;
                last;
            }

            $wire .= $line;
            my $size = hex(($line =~ /^([0-9a-f]+)/i)[0] || 0);

            if ($size == 0) {
                my $trailer = $self->take(qr/(?:[^\r\n]+\r\n)*\r\n/, $end);
                $self->{complete} = 0 if !defined $trailer;
                $wire .= defined $trailer ? $trailer : '';
                last;
            }

            my $chunk = $self->take_bytes($size + 2, $end);
            $wire .= $chunk;
            $r{body} .= substr $chunk, 0, $size;
            last if !$self->{complete};
        }

    } elsif (defined $r{header}{'content-length'}) {
        $r{body} = $self->take_bytes($r{header}{'content-length'}, $end);

    } else {
        1 while $self->fill($end);
        $r{body} = $self->{buffer};
        $self->{buffer} = '';
    }

    if ($self->{error} || !$self->{complete}) {
        $r{error} = $self->{error} || 'incomplete';
    }

    $r{raw} = $head . (length $wire ? $wire : $r{body});
    $r{time} = time - $start;

    return bless \%r, 'UrlMeta::Response';
}


# Everything until the server closes.

sub read_all {
    my ($self, $timeout) = @_;
    my $end = time + seconds($timeout || $self->{timeout});
    1 while $self->fill($end);
    my $data = $self->{buffer};
    $self->{buffer} = '';
    return $data;
}


# True once the server closed its side and everything was read.

sub closed {
    my ($self, $timeout) = @_;
    my $end = time + seconds($timeout || 0.001);
    1 while $self->fill($end);
    return $self->{ended} ? 1 : 0;
}


sub socket {
    my ($self) = @_;
    return $self->{socket};
}


sub close {
    my ($self) = @_;
    close $self->{socket} if $self->{socket};
    delete $self->{socket};
    return;
}


# Closes with a TCP RST.

sub reset {
    my ($self) = @_;
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
    $self->close;
    return;
}


package UrlMeta::Response;

use strict;
use warnings;

use JSON::PP ();


# What stands for an answer where there was none.

sub failed {
    my ($class, $error, $uri) = @_;
    return bless {
        code => 0, error => $error, uri => $uri, line => '', time => 0,
        header => {}, headers => [], body => '', raw => '',
    }, $class;
}


sub json {
    my ($self) = @_;

    return $self->{json} if exists $self->{json};

    $self->{json} = eval { JSON::PP->new->utf8->decode($self->{body}) };
    return $self->{json};
}


sub header {
    my ($self, $name) = @_;
    return $self->{header}{lc $name};
}

1;
