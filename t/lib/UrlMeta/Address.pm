package UrlMeta::Address;

# IP addresses as text.

use strict;
use warnings;

use Exporter qw(import);
use Socket qw(AF_INET AF_INET6 inet_ntop inet_pton);

our @EXPORT_OK = qw(edges embedded literal usual);


# The first, a middle and the last address of a network.

sub edges {
    my ($cidr) = @_;
    my ($text, $length) = split m{/}, $cidr;
    my $family = $text =~ /:/ ? AF_INET6 : AF_INET;
    my $bits = unpack 'B*', inet_pton($family, $text);
    my $host = length($bits) - $length;
    my $net = substr $bits, 0, $length;

    return map { inet_ntop($family, pack 'B*', $net . $_) }
           ('0' x $host, $host ? '1' . '0' x ($host - 1) : '', '1' x $host);
}


# The forms in which IPv6 addresses have an IPv4 one.

sub embedded {
    my ($v4) = @_;
    my @b = split /\./, $v4;
    my $h = sprintf '%02x%02x:%02x%02x', @b;
    my $inverse = sprintf '%02x%02x:%02x%02x', map { $_ ^ 255 } @b;

    return (
        "::ffff:$h", "::$h", "::ffff:0:$h", "64:ff9b::$h", "64:ff9b:1::$h",
        sprintf('64:ff9b:1:%02x%02x:%02x:%02x00::', @b), "2002:${h}::1",
        "2001:0:${h}::1", "2001:0:5db8:d822:0:0:$inverse",
        "2001:470:1f0b::5efe:$h", "2a00:1450::200:5efe:$h",
    );
}


sub literal {
    my ($address) = @_;
    return $address =~ /:/ ? "[$address]" : $address;
}


# The text of an address as the system writes it.

sub usual {
    my ($address) = @_;
    return $address if $address !~ /:/;
    return inet_ntop(AF_INET6, inet_pton(AF_INET6, $address));
}

1;
