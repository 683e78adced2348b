package UrlMeta::Canary;

# One process that listens at every address of a network on some ports, plays
# whoever is there, and notes who came where.

use strict;
use warnings;

use IO::Select;
use IO::Socket::IP;
use JSON::PP ();
use Socket qw(AF_INET6 IPPROTO_TCP TCP_NODELAY inet_ntop
              unpack_sockaddr_in6);

use parent 'UrlMeta::Daemon';

use UrlMeta::Address qw(usual);
use UrlMeta::Util qw(append_file read_file temp_dir);

my $number = 0;


# ports => [80, ...], answers => {'host/path' => [status, {headers}, body]},
# default => [...].  A path "/to/HEX" is a redirect to what is encoded there.
# plain => [address, ...] lists those that know nothing but these two.

sub new {
    my ($class, %option) = @_;

    my $self = bless {
        ports => $option{ports},
        answers => $option{answers} || {},
        default => $option{default} || [200, {'Content-Type' => 'text/html'},
                                        '<title>Found</title>'],
        plain => {map { $_ => 1 } @{$option{plain} || []}},
        log => temp_dir('canary-' . ++$number) . '/log',
        read => 0,
    }, $class;

    for my $port (@{$self->{ports}}) {
        my $socket = IO::Socket::IP->new(
            Proto => 'tcp', LocalHost => '::', LocalPort => $port,
            V6Only => 0, Listen => 4096, ReuseAddr => 1,
        ) or die "canary: cannot listen at $port: $@";

        $self->{listen}{fileno $socket} = [$socket, $port];
    }

    $self->spawn(sub { $self->serve(@_) });
    delete $self->{listen};

    return $self;
}


# What happened since the last call: hashes with "connection" (a number),
# address, port and, of a request, head; of a TLS client, tls and name.

sub events {
    my ($self) = @_;

    my $text = read_file($self->{log});
    my $new = substr $text, $self->{read};
    $self->{read} = length $text;

    my $json = JSON::PP->new->latin1;
    my @events = map { $json->decode($_) } split /\n/, $new;
    return @events;
}


# Of a list of events: the connections, and the requests.

sub connections { return grep { !exists $_->{head} && !$_->{tls} } @_ }
sub requests { return grep { exists $_->{head} } @_ }


# What a URL in its canonical form is asked for by; the addresses are those of
# its name, if it has one.

sub want {
    my ($url, @addresses) = @_;
    my ($scheme, $host, $path) = $url =~ m{^(\w+)://([^/]*)(.*)};
    my ($name, $port) = $host =~ /^(.*?)(?::(\d+))?$/;
    my $tls = $scheme eq 'https';

    if ($name =~ /^\[(.*)\]$/ || $name =~ /^([\d.]+)$/) {
        @addresses = $1;
        $name = '';
    }

    $port ||= $tls ? 443 : 80;

    # by TLS only a name is told, and no address
    return {is => $tls ? "tls $name" : "GET $path, $host",
            at => {map { usual($_) . " $port" => 1 } @addresses}};
}


# Complaints: events that are not what want() says, one after the other.

sub compare {
    my ($want, $events) = @_;

    my @came = grep { exists $_->{head} || $_->{tls} } @$events;
    my %may = map { %{$_->{at}} } @$want;
    my @bad;

    for my $i (0 .. ($#$want > $#came ? $#$want : $#came)) {
        my ($one, $event) = ($want->[$i], $came[$i]);
        my $expected = $one ? $one->{is} : 'nobody';
        my $is = 'nobody';
        my $at = '';

        if ($event) {
            $is = $event->{tls} ? "tls $event->{name}"
                                : request($event->{head});
            $at = "$event->{address} $event->{port}";
        }

        if ($is ne $expected) {
            push @bad, "came: $is; expected: $expected";
            last;
        }

        push @bad, "$is: came to $at" if !$one->{at}{$at};
    }

    # who came, and asked for nothing
    push @bad, map { "a connection to $_" } grep { !$may{$_} }
               map { "$_->{address} $_->{port}" } connections(@$events);

    return @bad;
}


sub request {
    my ($head) = @_;
    my ($path) = $head =~ /\AGET (\S+) HTTP\/1\.1\r/;
    my ($host) = $head =~ /^Host: (.*?)\r?$/m;
    return 'GET ' . (defined $path ? $path : '?') . ', '
           . (defined $host ? $host : '?');
}


sub serve {
    my ($self, $alive) = @_;

    my $select = IO::Select->new(map { $_->[0] } values %{$self->{listen}});
    my %client;
    my $id = 0;

    while ($alive->()) {
        for my $socket ($select->can_read(0.5)) {
            my $fd = fileno $socket;

            if (my $listen = $self->{listen}{$fd}) {
                my $client = $listen->[0]->accept or next;
                setsockopt $client, IPPROTO_TCP, TCP_NODELAY, 1;

                my %who = (connection => ++$id, port => $listen->[1],
                           address => address($client));

                $self->note(\%who);
                $client{fileno $client} = {%who, buffer => ''};
                $select->add($client);
                next;
            }

            my $client = $client{$fd};
            my $n = sysread $socket, $client->{buffer}, 65536,
                            length $client->{buffer};

            next if $n && $self->data($socket, $client);

            $select->remove($socket);
            delete $client{$fd};
            close $socket;
        }
    }

    return;
}


# The address that a client came to.

sub address {
    my ($client) = @_;
    my (undef, $bytes) = unpack_sockaddr_in6(getsockname $client);

    if (substr($bytes, 0, 12) eq "\0" x 10 . "\xff\xff") {
        return join '.', unpack 'x12 C4', $bytes;
    }

    return inet_ntop(AF_INET6, $bytes);
}


sub note {
    my ($self, $event) = @_;
    append_file($self->{log},
                JSON::PP->new->latin1->canonical->encode($event) . "\n");
    return;
}


# False where the connection is to be closed.

sub data {
    my ($self, $socket, $client) = @_;

    # a TLS handshake: the name that the client asks for is all there is
    if ($client->{buffer} =~ /\A\x16\x03/) {
        $self->note({%$client{qw(connection port address)}, tls => 1,
                     name => server_name($client->{buffer})});
        return 0;
    }

    while ($client->{buffer} =~ s/\A(.*?)\r\n\r\n//s) {
        my $head = $1;
        $self->note({%$client{qw(connection port address)}, head => $head});

        my ($path) = $head =~ m{\A\S+ ([^? ]*)};
        my ($host) = $head =~ /^Host: ([^\r\n]*)/mi;

        my $answer = $self->{plain}{$client->{address}} ? undef
                   : $self->{answers}{($host || '') . ($path || '')};

        $answer ||= ($path || '') =~ m{^/to/([0-9a-f]+)}
                    ? [302, {Location => pack 'H*', $1}, '']
                    : $self->{default};

        my ($status, $headers, $body) = @$answer;
        my $text = "HTTP/1.1 $status Status\r\n"
                   . join('', map { "$_: $headers->{$_}\r\n" }
                              sort keys %$headers)
                   . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        syswrite $socket, $text;
    }

    return 1;
}


# RFC 6066 section 3: the type and length of the extension, of its list, of the
# name.

sub server_name {
    my ($hello) = @_;
    my ($name) = $hello =~ /\0\0(?:..){2}\0\0([\x01-\xff])/s
        ? substr($hello, $+[0], ord $1) : '';
    return $name =~ /\A[\w.-]*\z/ ? $name : '';
}

1;
