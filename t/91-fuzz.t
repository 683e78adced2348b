#!/usr/bin/perl

# The fuzz targets: every seed and every input that once failed, under
# AddressSanitizer and UBSan, then a few seconds of libFuzzer where clang has
# it.  "make fuzz" runs longer.

use lib 't/lib';
use UrlMeta::Test;

chdir project_root();

my @targets = qw(card charset core freshness html jsonld policy signature url);

# this one has nginx's own objects in it
push @targets, 'record' if -e 'build/source/nginx/src/core/nginx.h';

my $build = 'build/fuzz';
my $seconds = $ENV{TEST_URLMETA_FUZZ} || 3;
my $dir = temp_dir('fuzz');

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS)};

# libpsl and uchardet keep what they have read
$ENV{ASAN_OPTIONS} = 'detect_leaks=1';
$ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';


# Whether a compiler can make and run a program with a sanitizer.

sub works {
    my ($compiler, $flags, $code) = @_;

    write_file("$dir/probe.c", $code);
    my ($status) = run(60, $compiler, split(/ /, $flags), '-o', "$dir/probe",
                       "$dir/probe.c");
    return 0 if $status != 0;

    ($status) = run(60, "$dir/probe", '-runs=1');
    return $status == 0;
}


sub inputs {
    my ($target) = @_;
    return sort glob "t/fuzz/seeds/$target/* t/fuzz/crashes/$target/*";
}


my $main = "int\nmain(void)\n{\n    return 0;\n}\n";
my $one = "#include <stddef.h>\n"
        . "int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)\n"
        . "{ return 0; }\n";

my $sanitize = '-fsanitize=address,undefined';
my $clang = $ENV{CLANG} || 'clang';
my $fuzzer = works($clang, '-fsanitize=fuzzer,address,undefined', $one);
my ($compiler) = grep { works($_, $sanitize, $main) }
                 ($ENV{CC} || 'cc', 'gcc', $clang);


subtest 'seeds and former failures' => sub {
    plan(skip_all => 'no compiler with AddressSanitizer') if !$compiler;

    my ($code, $output) = run(900, 'make', '-s', '-k', '-j2', '-f',
                              't/fuzz/Makefile', "BUILD=$build",
                              "CC=$compiler", 'replay');
    is($code, 0, "built by $compiler without a warning") or diag($output);

    for my $target (@targets) {
        my @files = inputs($target);
        my ($code, $output) = run(300, "$build/replay-$target", @files);
        my $count = @files;

        ok($count && $code == 0 && $output =~ /^$count files$/m,
           "$target: $count files")
            or diag("exit code $code\n", substr $output, -6000);
    }
};


subtest 'libFuzzer' => sub {
    plan(skip_all => "no $clang with libFuzzer") if !$fuzzer;

    my ($code, $output) = run(900, 'make', '-s', '-k', '-j2', '-f',
                              't/fuzz/Makefile', "BUILD=$build",
                              "CLANG=$clang", 'fuzz');
    is($code, 0, "built by $clang without a warning") or diag($output);

    for my $target (@targets) {
        my $found = temp_dir("fuzz/$target");
        my $corpus = temp_dir("fuzz/$target-corpus");

        my ($code, $output) = run(
            60 + $seconds * 4, "$build/fuzz-$target",
            "-max_total_time=$seconds", '-max_len=4096', '-timeout=20',
            '-rss_limit_mb=2048', '-print_final_stats=1',
            "-artifact_prefix=$found/", $corpus, "t/fuzz/seeds/$target",
        );
        my ($runs) = $output =~ /number_of_executed_units: (\d+)/;

        ok($code == 0 && $runs, "$target: " . ($runs || 0) . ' inputs')
            or diag("exit code $code\n", substr $output, -6000);

        # what was found is to be kept: t/fuzz/crashes/TARGET
        for my $file (glob "$found/*") {
            diag("$file:\n", unpack 'H*', read_file($file));
        }
    }
};

# the task by which LeakSanitizer looks at a process may outlive it for an
# instant
wait_for(sub { !UrlMeta::Nginx::leftovers() }, 5);

done_testing();
