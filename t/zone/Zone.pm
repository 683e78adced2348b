package Zone;

# Builds the programs of this directory, and runs them.

use strict;
use warnings;

use UrlMeta::Test;

use Digest::MD5 qw(md5_hex);
use Exporter qw(import);
use Fcntl qw(LOCK_EX);

our @EXPORT = qw(zone_build zone_run zone_flags);

my $tree = 'build/source/nginx';
my ($flags, $build);


# A reason why there are no programs, or nothing.

sub zone_build {
    my (@programs) = @_;

    $flags = $ENV{TEST_URLMETA_CFLAGS} || '';
    $build = 'build/zone' . ($flags ? '-' . substr md5_hex($flags), 0, 8 : '');

    delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS)};

    # two tests may build it at a time
    mkdir project_root() . '/build';
    open my $lock, '>', project_root() . '/build/zone.lock' or die "lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";

    if (!-e "$tree/src/core/nginx.h") {
        my ($code, $output) = run(300, 'make', '-s', project_root()
                                       . "/$tree/src/core/nginx.h");

        if ($code != 0) {
            die $output if $ENV{CI};
            return "no source of nginx: $output";
        }
    }

    my ($code, $output) = run(600, 'make', '-s', '-j2', '-f',
                              't/zone/Makefile', "BUILD=$build",
                              "NGINX_TREE=$tree", "CFLAGS=$flags",
                              'CC=' . ($ENV{CC} || 'cc'),
                              map { "$build/$_" } @programs);

    die $output if $code != 0;

    return;
}


# What a program says, as a hash of its lines "name: value"; its exit code is
# "code", and all of it "output".

sub zone_run {
    my ($limit, $program, @arguments) = @_;

    # the process ends with all of its memory
    local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';
    local $ENV{UBSAN_OPTIONS} = 'halt_on_error=1:print_stacktrace=1';

    my ($code, $output) = run(seconds($limit), "$build/$program", @arguments);
    my %said = map { /^([^:]+): (.*)$/ ? ($1 => $2) : () }
               split /\n/, $output;

    return {%said, code => $code, output => $output};
}


# What a compiler needs to read the sources of the cache.

sub zone_flags {
    return map { ('-I', $_) } 'ngx_urlmeta_module/nginx', "$build/nginx",
               map { "$tree/src/$_" } qw(core event event/modules os/unix);
}


1;
