package UrlMeta::Tree;

# Pages as a browser builds them, by parse5: t/tree/compare.mjs.

use strict;
use warnings;

use JSON::PP ();
use MIME::Base64 qw(encode_base64);

use UrlMeta::Util qw(project_root read_file run temp_dir write_file);

my $missing;


# Why there is no parser, or undef.

sub missing {
    return $missing if defined $missing && $missing ne '';
    return if defined $missing;

    my $dir = project_root() . '/build/tree';
    $missing = '';

    if ((run(10, 'node', '--version'))[0] != 0) {
        return $missing = 'no node';
    }

    return if -d "$dir/node_modules/parse5";

    run(10, 'mkdir', '-p', $dir);
    write_file("$dir/package.json",
               read_file(project_root() . '/t/tree/package.json'));

    my ($code) = run(120, 'npm', 'install', '--no-audit', '--no-fund',
                     '--ignore-scripts', '--prefix', $dir);
    $missing = 'no parse5' if $code != 0 || !-d "$dir/node_modules/parse5";

    return $missing eq '' ? undef : $missing;
}


# What came of each pair of pages, [before, after]: {same, first, added}.

sub compare {
    my ($mode, @pairs) = @_;

    my $root = project_root();
    my $file = temp_dir('tree') . '/pages.json';
    my @pages = map { {before => encode_base64($_->[0], ''),
                       after => encode_base64($_->[1], '')} } @pairs;

    write_file($file, JSON::PP->new->encode(\@pages));

    my ($code, $output) = run(120, 'sh', '-c',
                              'cd "$1" && exec node "$2" "$3" <"$4"', 'sh',
                              "$root/build/tree", "$root/t/tree/compare.mjs",
                              $mode, $file);
    die "compare.mjs: $output" if $code != 0;

    return @{JSON::PP->new->utf8->decode($output)};
}


1;
