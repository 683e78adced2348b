package UrlMeta::DNS;

# A name server over UDP that a test plays itself.

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
        host => $option{listen} || '127.0.0.1',
        port => $socket->sockport,
        dir => temp_dir('dns-' . ++$number),
        names => {map { lc $_ => $names->{$_} } keys %{$names || {}}},
        ttl => exists $option{ttl} ? $option{ttl} : 60,
        other => $option{other} || 'nxdomain',
    }, $class;

    $self->spawn(sub { $self->serve(@_) });
    close delete $self->{socket};

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

    my $select = IO::Select->new($self->{socket});
    my @later;
    my %seen;

    while ($alive->()) {
        my $wait = 0.5;

        for (@later) {
            my $left = $_->[0] - time;
            $wait = $left < 0 ? 0 : $left if $left < $wait;
        }

        if ($select->can_read($wait)) {
            my $peer = $self->{socket}->recv(my $query, 4096);

            if (defined $peer) {
                my ($reply, $delay) = $self->reply($query, \%seen);
                push @later, [time + $delay, $peer, $reply] if defined $reply;
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

    if (!$mode && defined $spec->{cname}) {
        my $target = wire_name($spec->{cname});
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
