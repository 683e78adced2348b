#!/usr/bin/perl

# The shared zone by itself: how much of it is cards, what goes when it is full,
# what a hit costs, and what its state file brings back.

use lib 't/lib', 't/zone';
use UrlMeta::Test;
use Zone;

chdir project_root();

my $reason = zone_build('fill', 'state');

if ($reason) {
    plan(skip_all => $reason);
}

my $dir = temp_dir('zone');


subtest 'bytes of bodies in a zone that is full' => sub {
    for my $sizes ('uniform', 'log') {
        my $said = zone_run(60, 'fill', 'churn', 8, $sizes, 60_000);

        is($said->{code}, 0, 'the program ended') or diag($said->{output});
        cmp_ok($said->{least}, '>=', 0.85,
               "$said->{least} of the zone, 0.5 to 16 KB, $sizes, after "
               . "$said->{evictions} evictions");
        is($said->{failed}, 0, 'no failure');
        is($said->{walk}, 'whole', 'whole');
    }
};


subtest '1,000,000 keys in 1 MB' => sub {
    my $said = zone_run(60, 'fill', 'distinct', 1, 1_000_000);

    is($said->{code}, 0, "the program ended, $said->{seconds} s")
        or diag($said->{output});
    is($said->{failed}, 0, 'no failure');
    is($said->{wrong}, 0, 'each is right while it is new');
    is($said->{generation}, 1_000_000, 'all were stored');
    is($said->{walk}, 'whole', 'whole: nothing leaks');
};


subtest '1,000,000 keys that fail' => sub {
    my $said = zone_run(60, 'fill', 'errors', 32, 10_000, 1_000_000);

    is($said->{code}, 0, 'the program ended') or diag($said->{output});
    is($said->{kept}, 10_000, 'all of 10,000 cards stay in 32 MB');
    is($said->{wrong}, 0, 'as they were');
    is($said->{failed}, 0, 'no failure');
    cmp_ok($said->{errors}, '>', 1000, "beside $said->{errors} errors");
    is($said->{walk}, 'whole', 'whole');
};


# A zone for so many cards of 1.5 KB; these have one chunk each, so that its
# memory is not needed.  What is copied is the same, and little.

subtest 'the cost of a hit' => sub {
    plan(skip_all => 'the sanitizers have their own memory there')
        if zone_flags() && ($ENV{TEST_URLMETA_CFLAGS} || '') =~ /sanitize/;

    my $have = grep { -x "$_/valgrind" } split /:/, $ENV{PATH};
    my $times = 20_000;
    my (%count, %ns);

    for my $cards (1000, 1_000_000) {
        my $file = "$dir/memory";
        my @zone = ($file, 2048, $cards);
        my $said = zone_run(60, 'fill', 'make', @zone);

        is($said->{cards}, $cards, "$cards cards") or diag($said->{output});

        for my $op ('get', 'put') {
            $said = zone_run(60, 'fill', $op, @zone, 100_000);
            is($said->{done}, 100_000, "$op, $cards cards: $said->{ns} ns");

            next if !$have;

            my ($code, $output) = run(
                seconds(120), 'valgrind', '--tool=callgrind',
                '--collect-atstart=no',
                "--toggle-collect=ngx_http_urlmeta_cache_$op",
                '--callgrind-out-file=/dev/null', 'build/zone/fill', $op,
                @zone, $times,
            );

            ($count{$op}{$cards}) = $output =~ /Collected : (\d+)/;
            ok($count{$op}{$cards}, 'counted') or diag($output);
        }

        unlink $file;
    }

    SKIP: {
        skip 'no valgrind to count instructions', 1 if !$have;

        for my $op ('get', 'put') {
            my ($few, $many) = map { $count{$op}{$_} / $times }
                               1000, 1_000_000;

            cmp_ok($many / $few, '<=', $op eq 'get' ? 1.1 : 1.2,
                   sprintf '%s: %.1f instructions among 1,000,000 cards, %.1f '
                           . 'among 1,000: %.3f', $op, $many, $few,
                           $many / $few);
        }
    }
};


subtest 'a state file of 100,000 cards' => sub {
    my $said = zone_run(120, 'state', 'save', "$dir/cards.state", 300,
                        100_000);

    is($said->{code}, 0, 'the program ended') or diag($said->{output});
    cmp_ok($said->{hits}, '>=', 99_900, "$said->{hits} came back");
    is($said->{wrong}, 0, 'as they were');
    is($said->{warnings}, 0, 'no warning');
    is($said->{walk}, 'whole', 'whole');
    cmp_ok($said->{load}, '<', seconds(5), "loaded in $said->{load} s, saved "
           . "at once in $said->{save} s");

    is($said->{'steps saved'}, 100_000, "saved in $said->{steps} steps");

    # by CPU time, since others use this machine, too; the last step renames a
    # file over another one, which is the file system's time
    cmp_ok($said->{'step p99 cpu us'}, '<', seconds(1000),
           "99 of 100 take $said->{'step p99 cpu us'} us of CPU time at most, "
           . "the worst $said->{'step worst cpu us'} us");
    cmp_ok($said->{'step median us'}, '<', seconds(1000),
           "by the clock $said->{'step median us'} us, 99 of 100 at most "
           . "$said->{'step p99 us'} us");
    note("the first (opening) $said->{'step first us'} us, the last "
         . "(renaming) $said->{'step last us'} us, "
         . "$said->{'step last cpu us'} us of them CPU time");
};


subtest 'cards that are replaced while they are saved' => sub {
    my $said = zone_run(60, 'state', 'twice', "$dir/twice.state");

    is($said->{code}, 0, 'the program ended') or diag($said->{output});
    cmp_ok($said->{both}, '>', 50, "$said->{both} came back in both formats");
    is($said->{differ}, 0, 'of the same version each');
    is($said->{wrong}, 0, 'as they were');
    is($said->{walk}, 'whole', 'whole');
};


subtest 'state files that are none' => sub {
    my $said = zone_run(120, 'state', 'damage', "$dir/damage.state");

    is($said->{code}, 0, 'the program ended') or diag($said->{output});
    is($said->{'whole file'}, '200 loaded, 0 warnings', 'a whole one');
    is($said->{bad}, 0, "$said->{tries} with a bit changed, cut, of another "
       . 'version, noise, empty: each ignored with one warning')
        or diag($said->{output});
    is($said->{'no file'}, 0, 'no file, no warning');
    is($said->{directory}, 1, 'a directory: a warning');
    is($said->{pipe}, 1, 'a pipe: a warning, and no waiting');
};


done_testing();
