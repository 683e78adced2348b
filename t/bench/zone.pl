#!/usr/bin/perl

# The zone's lock: how long it is held, and what an operation takes while other
# processes use the zone.  Each of these does nothing else, as no worker does.
#
#     t/bench/zone.pl [--seconds=1] [--size=1500] [--times=200000]
#
# A benchmark and no test: it measures and prints, and never fails by time.

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../zone";

use UrlMeta::Test;
use Zone;

use Getopt::Long qw(GetOptions);

my ($seconds, $size, $times) = (1, 1500, 200_000);

GetOptions('seconds=f' => \$seconds, 'size=i' => \$size, 'times=i' => \$times)
    && !@ARGV && $seconds > 0 && $size > 0 && $times > 0
    or die "usage: t/bench/zone.pl [--seconds=N] [--size=BYTES] [--times=N]\n";

chdir project_root();

my $reason = zone_build('times');

if ($reason) {
    print "$reason\n";
    exit;
}

chomp(my $cores = `nproc` || '?');

print "\n$cores cores; ns, with some 30 for the clock itself\n\n";
printf "%-28s %8s %8s %8s %8s\n", 'the lock is held for', 'mean', 'p50', 'p99',
       'p99.9';

for (['put, 1 KB', 'put', 1024], ['put, 4 KB', 'put', 4096],
     ['put, 16 KB', 'put', 16384], ['put that evicts, 1 KB', 'full', 1024],
     ['put that evicts, 4 KB', 'full', 4096],
     ['put that evicts, 16 KB', 'full', 16384], ['renew', 'renew', $size],
     ['delete, mostly of nothing', 'delete', $size])
{
    my ($name, $op, $bytes) = @$_;
    my $said = zone_run(120, 'times', 'hold', $op, $bytes, $times);

    printf "%-28s %8s %8s %8s %8s\n", $name,
           $said->{held} =~ /mean (\S+) p50 (\S+) p99 (\S+) p99.9 (\S+)/;
}

printf "\n%-10s %-7s %10s %7s %7s %8s %9s %8s %6s\n", 'processes', 'hits',
       'a second', 'p50', 'p99', 'p99.9', 'again', 'locked', 'wrong';

for my $reads (1000, 990, 900) {
    for my $processes (1, 2, 4, 8) {
        my $said = zone_run(60 + 2 * $seconds, 'times', 'contend', $processes,
                            $reads, $seconds, $size);
        my @parts = $said->{operation} =~ /p50 (\S+) p99 (\S+) p99.9 (\S+)/;

        printf "%-10s %-7s %10s %7s %7s %8s %8.4f%% %7.4f%% %6s\n", $processes,
               $reads / 10 . '%', $said->{rate}, @parts,
               100 * $said->{'read again'} / $said->{gets},
               100 * $said->{locked} / $said->{gets}, $said->{wrong};

        print "$said->{output}\n" if $said->{code} || $said->{walk} ne 'whole';
    }
}
