package UrlMeta::Namespace;

# A network of a test's own, where every address is this machine's: what is
# sent anywhere arrives here and nothing can leave.
#
# "use UrlMeta::Namespace;" runs the test again within it, before anything
# else, so it comes first.

use strict;
use warnings;

my $in = 'TEST_URLMETA_NAMESPACE';


sub import {
    my $here = readlink '/proc/self/ns/net';

    # the variable names the network that was left
    if (!defined $here || ($ENV{$in} || $here) eq $here) {
        enter($here);
    }

    # 224.0.0.0/4 is not to be had so
    for (['ip', 'link', 'set', 'lo', 'up'],
         ['ip', 'route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo'],
         ['ip', '-6', 'route', 'add', 'local', '::/0', 'dev', 'lo'])
    {
        my $output = qx(@$_ 2>&1);
        fail("@$_: $output") if $? != 0;
    }

    # nginx cannot change groups here, and says so
    require UrlMeta::Nginx;
    UrlMeta::Nginx::expect_alert(qr/initgroups\(/);
    return;
}


sub enter {
    my ($here) = @_;

    fail('no /proc/self/ns/net') if !defined $here;

    # where user namespaces are off, root may do without one
    my ($how) = grep { system("unshare $_ true 2> /dev/null") == 0 }
                ('-rn', $> == 0 ? '-n' : ());

    fail('no network namespace: "unshare -rn" is refused') if !$how;

    local $ENV{$in} = $here;
    my @command = ('unshare', $how, $^X, (map { "-I$_" } @INC), $0, @ARGV);

    no warnings 'exec';
    exec @command;
    fail("unshare: $!");
}


# Without it nothing would be proven, which is no reason to skip.

sub fail {
    my ($why) = @_;
    print "1..1\nnot ok 1 - $why\n";
    exit 1;
}


# Connections that were begun in this network so far, whatever became of them.

sub connections {
    open my $fh, '<', '/proc/self/net/snmp' or return undef;
    my @names;

    while (my $line = <$fh>) {
        next if $line !~ /^Tcp: (.*)/;
        my @words = split / /, $1;

        if (!@names) {
            @names = @words;
            next;
        }

        my %value;
        @value{@names} = @words;
        return $value{ActiveOpens};
    }

    return undef;
}

1;
