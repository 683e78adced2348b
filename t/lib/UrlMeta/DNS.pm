package UrlMeta::DNS;

# A name server that a test plays itself: over UDP, and over TCP what is too
# long for that.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Socket qw(AF_INET6 inet_aton inet_pton);
use Time::HiRes qw(time);

use parent 'UrlMeta::Daemon';

use UrlMeta::Util qw(
    append_file clear_file log_lines read_file temp_dir write_file
);

my $number = 0;

# what nginx's resolver reads of a datagram
my $max_datagram = 4096;

my %type = (A => 1, CNAME => 5, PTR => 12, AAAA => 28);
my %type_name = reverse %type;
my %rcode = (
    empty => 0, formerr => 1, servfail => 2, nxdomain => 3, refused => 5,
);


sub new {
    my ($class, $names, %option) = @_;

    my $socket = IO::Socket::INET->new(
        Proto => 'udp', LocalAddr => $option{listen} || '127.0.0.1',
        LocalPort => $option{port} || 0,
    ) or die "dns: cannot bind: $!";

    my $self = bless {
        socket => $socket,
        listen => IO::Socket::INET->new(
            Proto => 'tcp', LocalAddr => $option{listen} || '127.0.0.1',
            LocalPort => $socket->sockport, Listen => 5, ReuseAddr => 1,
        ),
        host => $option{listen} || '127.0.0.1',
        port => $socket->sockport,
        dir => temp_dir('dns-' . ++$number),
        names => {map { lc $_ => $names->{$_} } keys %{$names || {}}},
        ttl => exists $option{ttl} ? $option{ttl} : 60,
        other => $option{other} || 'nxdomain',
    }, $class;

    $self->spawn(sub { $self->serve(@_) });
    close delete $self->{socket};
    close delete $self->{listen} if $self->{listen};

    return $self;
}


sub port { return $_[0]{port} }
sub address { return "$_[0]{host}:$_[0]{port}" }


# The queries so far: name, type, time; maybe of one name or type only.

sub queries {
    my ($self, $name, $type) = @_;
    my @list = map { JSON::PP::decode_json($_) } log_lines("$self->{dir}/log");
    return grep {
        (!defined $name || $_->{name} eq lc $name)
        && (!defined $type || $_->{type} eq $type)
    } @list;
}


sub count {
    my ($self, @of) = @_;
    my @list = $self->queries(@of);
    return scalar @list;
}


sub clear {
    my ($self) = @_;
    clear_file("$self->{dir}/log");
    return;
}


# Another answer for a name from now on.

sub set {
    my ($self, $name, $spec) = @_;

    my $file = "$self->{dir}/name." . unpack 'H*', lc $name;
    write_file("$file.new", JSON::PP::encode_json({spec => $spec}));
    rename "$file.new", $file or die "rename: $!";
    return;
}


sub serve {
    my ($self, $alive) = @_;

    my $select = IO::Select->new(grep { $_ } @{$self}{qw(socket listen)});
    my @later;
    my %seen;

    while ($alive->()) {
        my $wait = 0.5;

        for (@later) {
            my $left = $_->[0] - time;
            $wait = $left < 0 ? 0 : $left if $left < $wait;
        }

        for my $ready ($select->can_read($wait)) {
            if ($ready != $self->{socket}) {
                $self->stream($ready->accept, \%seen);
                next;
            }

            my $peer = $self->{socket}->recv(my $query, 4096);

            if (defined $peer) {
                my ($reply, $delay) = $self->reply($query, \%seen);
                next if !defined $reply;

                # TC: to be asked again over TCP
                if (length $reply > $max_datagram) {
                    $reply = pack 'a2 n n x6 a*', $reply, 0x8380, 1,
                                  substr $query, 12;
                }

                push @later, [time + $delay, $peer, $reply];
            }
        }

        my $now = time;

        for (grep { $_->[0] <= $now } @later) {
            $self->{socket}->send($_->[2], 0, $_->[1]);
        }

        @later = grep { $_->[0] > $now } @later;
    }

    return;
}


# One query over TCP; who asks is on the same machine and asks at once.

sub stream {
    my ($self, $client, $seen) = @_;

    return if !$client;
    my $data = '';

    while (length $data < 2 || length $data < 2 + unpack 'n', $data) {
        IO::Select->new($client)->can_read(2) or return;
        sysread $client, $data, 4096, length $data or return;
    }

    my ($reply) = $self->reply(substr($data, 2), $seen);
    return if !defined $reply;

    $reply = pack 'n/a*', $reply;

    while (length $reply) {
        my $n = syswrite $client, $reply or return;
        substr $reply, 0, $n, '';
    }

    return;
}


# The message for a query, and after how many seconds to send it; nothing
# where the server is to be silent.

sub reply {
    my ($self, $query, $seen) = @_;

    return if length $query < 17;
    my ($id, $flags, $questions) = unpack 'nnn', $query;
    return if $flags & 0x8000 || $questions != 1;

    my ($offset, @labels) = (12);

    while (1) {
        my $length = unpack 'C', substr $query, $offset++, 1;
        return if !defined $length || $length > 63;
        last if $length == 0;
        push @labels, substr $query, $offset, $length;
        $offset += $length;
        return if $offset >= length $query;
    }

    my $name = lc join '.', @labels;
    my $qtype = unpack 'n', substr $query, $offset, 2;
    my $type = $type_name{$qtype} || "TYPE$qtype";
    my $question = substr $query, 12, $offset + 4 - 12;

    append_file("$self->{dir}/log", JSON::PP::encode_json({
        name => $name, type => $type, time => time,
    }) . "\n");

    my $spec = $self->find($name);
    $spec = {mode => $spec} if !ref $spec;
    $spec = {addresses => $spec} if ref $spec eq 'ARRAY';

    my $mode = $spec->{mode} || '';
    return if $mode eq 'silent';

    my @addresses = @{$spec->{addresses} || []};

    # one list for each lookup in turn, the last one for ever
    if (my $list = $spec->{sequence}) {
        my $n = $seen->{"$name $type"}++;
        @addresses = @{$n < @$list ? $list->[$n] : $list->[-1]};
    }

    my $ttl = exists $spec->{ttl} ? $spec->{ttl} : $self->{ttl};
    my $answers = '';
    my $count = 0;
    my $owner = pack 'n', 0xc00c;

    for my $alias ($mode || !defined $spec->{cname} ? ()
                   : ref $spec->{cname} ? @{$spec->{cname}} : $spec->{cname})
    {
        my $target = wire_name($alias);
        $answers .= $owner . pack('nnNn', $type{CNAME}, 1, $ttl,
                                  length $target) . $target;
        $count++;
        $owner = $target;
    }

    if (!$mode) {
        for (@addresses) {
            my $data = $qtype == $type{A} && !/:/ ? inet_aton($_)
                     : $qtype == $type{AAAA} && /:/ ? inet_pton(AF_INET6, $_)
                     : undef;
            next if !defined $data;
            $answers .= $owner . pack('nnNn', $qtype, 1, $ttl, length $data)
                        . $data;
            $count++;
        }
    }

    my $rcode = $mode ? $rcode{$mode} : 0;
    die "unknown mode \"$mode\"" if !defined $rcode;

    return (pack('nnnnnn', $id, 0x8180 | $rcode, 1, $count, 0, 0)
            . $question . $answers, $spec->{delay} || 0);
}


sub find {
    my ($self, $name) = @_;

    my $file = "$self->{dir}/name." . unpack 'H*', $name;

    if (length $file < 1000 && -e $file) {
        return JSON::PP::decode_json(read_file($file))->{spec};
    }

    return exists $self->{names}{$name} ? $self->{names}{$name}
                                        : $self->{other};
}


sub wire_name {
    my ($name) = @_;
    return join('', map { pack 'C/a*', $_ } split /\./, $name) . "\0";
}

1;
