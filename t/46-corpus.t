#!/usr/bin/perl

# How much of what the pages of ../shared/corpus state is read.

use lib 't/lib';
use UrlMeta::Test;

use TAP::Parser;

chdir project_root();

my $corpus = shared_path('corpus');

if (!$corpus || !-e "$corpus/score.mjs" || !-d "$corpus/dev") {
    plan(skip_all => 'no corpus');
}

if ((run(10, 'node', '--version'))[0] != 0) {
    plan(skip_all => 'no node');
}

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my ($code, $output) = run(300, 'make', '-s', 'urlmeta');
is($code, 0, 'built') or BAIL_OUT($output);

($code, $output) = run(300, 'node', 't/corpus/score.mjs', 'build/urlmeta',
                       $corpus, 'build/corpus-test', '--check');
is($code, 0, 'measured') or diag($output);

my $parser = TAP::Parser->new({tap => $output});
my $last;

while (my $result = $parser->next) {
    if ($result->is_test) {
        (my $what = $result->description) =~ s/^- //;
        $last = ok($result->is_ok, $what);

    } elsif ($result->is_comment && defined $last && !$last) {
        diag($result->comment);
    }
}

ok(!$parser->parse_errors, 'complete') or diag($parser->parse_errors);

done_testing();
