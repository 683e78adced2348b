#!/usr/bin/perl

# The unit tests of the core, t/unit/*.c: built, run, their TAP taken over.
#
# TEST_URLMETA_CFLAGS adds to the compiler's flags, TEST_URLMETA_UNIT selects
# one by its name.

use lib 't/lib';
use UrlMeta::Test;

use Digest::MD5 qw(md5_hex);
use TAP::Parser;

chdir project_root();

my $flags = $ENV{TEST_URLMETA_CFLAGS} || '';
my $build = 'build/unit' . ($flags ? '-' . substr md5_hex($flags), 0, 8 : '');
my $only = $ENV{TEST_URLMETA_UNIT};

my @names = grep { !defined $only || $_ eq $only }
            map { m{([^/]+)\.c$} } sort glob 't/unit/*.c';

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my @targets = $only ? "$build/$only" : 'all';
my ($code, $output) = run(600, 'make', '-k', '-s', '-j2', '-f',
                          't/unit/Makefile', "BUILD=$build", "CFLAGS=$flags",
                          'CC=' . ($ENV{CC} || 'cc'), @targets);

is($code, 0, 'built without a warning') or diag($output);

for my $name (@names) {
    subtest $name => sub {
        local $ENV{ASAN_OPTIONS} = 'detect_leaks=1';
        my ($code, $output) = run(180, "$build/$name");
        my $parser = TAP::Parser->new({tap => $output});
        my @tests;

        # what a test says comes after it
        while (my $result = $parser->next) {
            if ($result->is_test) {
                push @tests, [$result, ''];

            } elsif (!$result->is_plan && @tests) {
                $tests[-1][1] .= $result->as_string . "\n";
            }
        }

        for (@tests) {
            my ($result, $said) = @$_;
            (my $what = $result->description) =~ s/^- //;
            my $number = $result->number;

            if ($result->has_skip) {
                SKIP: { skip $result->explanation, 1 }

            } else {
                ok($result->is_ok, "$number: $what") or diag($said);
            }
        }

        ok(!$parser->parse_errors, 'complete')
            or diag(join "\n", $parser->parse_errors);

        # a crash, or a report of a sanitizer
        my $failed = grep { !$_->[0]->is_ok } @tests;
        ok($code == 0 || $failed, 'exit code')
            or diag("$code\n", substr $output, -8000);
    };
}

done_testing();
