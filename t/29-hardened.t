#!/usr/bin/perl

# The deployment that is shipped says what the module says, and the tests that
# the table of threats names are there.

use lib 't/lib';
use UrlMeta::Test;

use Socket qw(AF_INET6 inet_aton inet_pton);

chdir project_root();

my $unit = read_file('conf-examples/hardened/urlmeta.conf');
my $nft = read_file('conf-examples/hardened/urlmeta.nft');
my $sysctl = read_file('conf-examples/hardened/sysctl.conf');
my $ranges = read_file('ngx_urlmeta_module/core/address_data.inc');


# Ranges, as the module has them: IPv4 in whole, IPv6 within 2000::/3.

my (%four, %six);
$four{"$1-$2"} = 1
    while $ranges =~ /\{ 0x(\w{8}), 0x(\w{8}) \}/g;
$six{lc $1} = 1 while $ranges =~ m{/\* ([0-9a-f:]+/\d+) \*/}g;

cmp_ok(scalar keys %four, '>=', 18, 'IPv4 ranges of the module');
cmp_ok(scalar keys %six, '>=', 6, 'IPv6 ranges of the module');


sub range4 {
    my ($address, $length) = split m{/}, $_[0];
    my $first = unpack 'N', inet_aton($address);
    my $size = 2 ** (32 - $length);
    return "$_[0] is no network" if $first % $size;
    return sprintf '%08x-%08x', $first, $first + $size - 1;
}


sub same {
    my ($name, $list, $expected) = @_;
    is(join(' ', sort @$list), join(' ', sort keys %$expected), $name);
    return;
}


my @denied = map { split ' ' } $unit =~ /^IPAddressDeny=(.*)$/mg;
same('systemd: IPv4', [map { range4($_) } grep { !/:/ } @denied], \%four);

my %outside = map { $_ => 1 } '::/3', '4000::/2', '8000::/1';
same('systemd: IPv6', [grep { /:/ } @denied], {%six, %outside});

# these three and 2000::/3 are everything
my $covered = 0;
$covered += 2 ** (16 - (m{/(\d+)})[0]) for keys %outside, '2000::/3';
is($covered, 65536, 'all of IPv6');

my ($elements4) = $nft =~ /set special4 \{.*?elements = \{(.*?)\}/s;
my ($elements6) = $nft =~ /set special6 \{.*?elements = \{(.*?)\}/s;
same('nftables: IPv4', [map { range4($_) } $elements4 =~ /([\d.]+\/\d+)/g],
     \%four);
same('nftables: IPv6', [$elements6 =~ m{([0-9a-f:]+/\d+)}g], \%six);
like($nft, qr/ip6 daddr != 2000::\/3 counter reject/, 'and all but 2000::/3');


# The unit: sections and names that systemd knows.

my %known = map { $_ => 1 } qw(
    AmbientCapabilities CapabilityBoundingSet IPAddressAllow IPAddressDeny
    KeyringMode LimitCORE LimitNOFILE LockPersonality MemoryDenyWriteExecute
    MemoryHigh MemoryMax MemorySwapMax NoNewPrivileges PrivateDevices PrivateTmp
    ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname
    ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc
    ProtectSystem ReadWritePaths RemoveIPC Restart RestartSec
    RestrictAddressFamilies RestrictNamespaces RestrictRealtime
    RestrictSUIDSGID SystemCallArchitectures SystemCallErrorNumber
    SystemCallFilter TasksMax UMask
);

sub unit_faults {
    my ($text) = @_;
    my $section = '';
    my @fault;

    for (split /\n/, $text) {
        next if /^\s*(?:[#;].*)?$/;

        if (/^\[(\w+)\]$/) {
            $section = $1;
            push @fault, $_ if $section ne 'Service';

        } elsif (/^(\w+)=/) {
            push @fault, $_ if $section eq '' || !$known{$1};

        } else {
            push @fault, $_;
        }
    }

    return @fault;
}

is(join(' ', unit_faults($unit)), '', 'the unit: what it says is known');
is(scalar(unit_faults("NoNewPrivileges=yes\n[Service]\nProtectSytem=strict\n"
                      . "what is this\n")), 3, 'the check sees mistakes');

my %said = map { /^(\w+)=(.*)$/ ? ($1 => $2) : () } split /\n/, $unit;
is($said{$_}, 'yes', $_)
    for qw(NoNewPrivileges PrivateTmp MemoryDenyWriteExecute
           RestrictNamespaces);
is($said{ProtectSystem}, 'strict', 'ProtectSystem');
ok(exists $said{MemoryMax}, 'a limit of memory');
like($said{RestrictAddressFamilies}, qr/AF_NETLINK/,
     'netlink, for the addresses of this machine');
like($unit, qr/CAP_KILL/, 'the master may send signals');

SKIP: {
    my ($code) = run(5, 'systemd-analyze', '--version');
    skip 'no systemd-analyze', 2 if $code != 0;

    my $service = "[Unit]\nDescription=nginx\n[Service]\nType=forking\n"
                  . "ExecStart=/bin/true\n";

    my $verify = sub {
        my ($name, $drop_in) = @_;
        my $dir = temp_dir("unit-$name");
        mkdir "$dir/nginx-$name.service.d";
        write_file("$dir/nginx-$name.service", $service);
        write_file("$dir/nginx-$name.service.d/urlmeta.conf", $drop_in);
        local $ENV{SYSTEMD_UNIT_PATH} = "$dir:";
        my (undef, $output) = run(20, 'systemd-analyze', 'verify', '--man=no',
                                  "$dir/nginx-$name.service");
        return join "\n", grep { /urlmeta\.conf/ } split /\n/, $output;
    };

    like($verify->('bad', "[Service]\nProtectSytem=strict\n"),
         qr/ProtectSytem/, 'systemd-analyze sees a mistake');
    is($verify->('good', $unit), '', 'and none in ours');
}

SKIP: {
    my ($code) = run(5, 'nft', '--version');
    skip 'no nft', 1 if $code != 0;
    my ($bad, $output) = run(10, 'unshare', '-rn', 'nft', '-c', '-f',
                             'conf-examples/hardened/urlmeta.nft');
    is($bad, 0, 'nft takes it') or diag($output);
}

my $open = () = $nft =~ /\{/g;
my $close = () = $nft =~ /\}/g;
is($open, $close, 'nftables: braces');

my @strange = grep { !/^\s*(?:#.*)?$/
                     && !/^(?:net|kernel|fs)\.[\w.]+ = [\d ]+$/ }
              split /\n/, $sysctl;
is("@strange", '', 'sysctl: names and numbers');

for ($sysctl =~ /^(\S+) = /mg) {
    (my $file = $_) =~ tr{.}{/};
    ok(-e "/proc/sys/$file" || !-e '/proc/sys/kernel', "sysctl: $_")
        if !/^kernel\.yama/;
}


# The table of threats.

my $security = read_file('docs/security.md');
my %row = map { /^\| ([TR]\d\d) \|/ ? ($1 => $_) : () } split /\n/, $security;
my @expected = ((map { sprintf 'T%02d', $_ } 1 .. 40),
                (map { sprintf 'R%02d', $_ } 1 .. 18));

is(join(' ', sort keys %row), join(' ', sort @expected),
   'a row for each threat and each failure');

for my $id (sort keys %row) {
    my @cell = split /\s*\|\s*/, $row{$id};
    my @test = $row{$id} =~ m{`(t/[\w./-]+)`}g;
    my @missing = grep { !-e } @test;
    is(scalar @cell, 5, "$id: four cells");
    ok(@test > 0, "$id: names its test");
    is("@missing", '', "$id: which is there");
}

like($security, qr/hardened\/$_/, "security.md: $_")
    for qw(urlmeta\.conf urlmeta\.nft sysctl\.conf);

done_testing();
