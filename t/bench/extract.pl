#!/usr/bin/perl

# Extraction beside other libraries, over the pages of ../shared/corpus/dev, in
# one run: the core (all of a page, and what the server reads of it for a card
# without details), five libraries from npm (t/bench/package.json; installed in
# build/bench when they are not), and libxml2's HTML push parser with handlers
# that do nothing.
#
#     t/bench/extract.pl [--rounds=5] [--peer-rounds=1] [--peer=NAME]...
#
# Times are of one thread, files read before; of each page the least of all
# rounds counts.  A benchmark and no test: it prints, and fails by no time.

use FindBin;
use lib "$FindBin::Bin/../lib";

use UrlMeta::Test;

use Getopt::Long qw(GetOptions);
use JSON::PP ();

my @all = qw(unfurl.js htmlmetaparser open-graph-scraper link-preview-js
             metascraper);
my ($rounds, $peer_rounds, @peers) = (5, 1);

GetOptions('rounds=i' => \$rounds, 'peer-rounds=i' => \$peer_rounds,
           'peer=s' => \@peers) && !@ARGV && $rounds > 0 && $peer_rounds > 0
    or die "usage: t/bench/extract.pl [--rounds=N] [--peer-rounds=N] "
           . "[--peer=NAME]..., \"none\" for no peer\n";

@peers = @all if !@peers;
@peers = grep { $_ ne 'none' } @peers;

chdir project_root();

my $corpus = shared_path('corpus/dev');

if (!$corpus) {
    print "there is no ../shared/corpus\n";
    exit;
}

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my $build = 'build/oracle';
my ($code, $output) = run(600, 'make', '-s', '-j2', '-f', 't/oracle/Makefile',
                          "BUILD=$build", 'all');
die $output if $code != 0;

my $dir = temp_dir('bench');
my $list = '';

for my $meta (sort glob "$corpus/*/meta.json") {
    my $page = JSON::PP::decode_json(read_file($meta));
    (my $file = $meta) =~ s/meta\.json$/page.html/;
    my $line = join "\t", $page->{name}, $file, $page->{url},
               defined $page->{content_type} ? $page->{content_type} : '';
    utf8::encode($line) if utf8::is_utf8($line);
    $list .= "$line\n";
}

$list = write_file("$dir/list", $list);


# Where a sorted list's part is.

sub part {
    my ($part, @sorted) = @_;
    my $at = int($part * @sorted);
    return $sorted[$at < @sorted ? $at : $#sorted];
}


# One line of the table: of [bytes, microseconds] pairs.

my ($unit, $parser);

sub summary {
    my ($name, $failed, @pages) = @_;

    my @times = sort { $a <=> $b } map { $_->[1] } @pages;
    my ($bytes, $time) = (0, 0);

    for (@pages) {
        $bytes += $_->[0];
        $time += $_->[1];
    }

    my ($median, $speed) = (part(0.5, @times), $bytes / $time);
    $unit = $median if !defined $unit;

    printf "%-32s %6d %6d %9.1f %9.1f %10.1f %8.1f %8.1f\n", $name,
           scalar @pages, $failed, $median, part(0.95, @times), $times[-1],
           $speed, $median / $unit;

    return ($median, $speed);
}

printf "%-32s %6s %6s %9s %9s %10s %8s %8s\n", '', 'pages', 'failed',
       'median us', 'p95 us', 'max us', 'MB/s', 'ratio';

($code, $output) = run(600, "$build/extract", $list, $rounds);
die $output if $code != 0;

my @core = map { [split /\t/] } split /\n/, $output;

my ($card) = summary('this: bytes to card', 0, map { [@$_[1, 3]] } @core);
my ($server) = summary('this: to card, as the server', 0,
                       map { [@$_[1, 6]] } @core);
my ($page, $speed) = summary('this: bytes to page', 0,
                             map { [@$_[1, 2]] } @core);
my (undef, $bare) = summary('libxml2 SAX, no handlers', 0,
                            map { [@$_[1, 5]] } @core);

my $unfurl;

if (@peers) {
    my $modules = 'build/bench';

    if (!-d "$modules/node_modules") {
        write_file("$modules/package.json",
                   read_file('t/bench/package.json'));
        my ($code, $output) = run(600, 'npm', 'install', '--no-audit',
                                  '--no-fund', '--ignore-scripts', '--prefix',
                                  $modules);
        die $output if $code != 0;
    }

    $ENV{URLMETA_BENCH_MODULES} = project_root() . "/$modules";

    for my $peer (@peers) {
        my ($code, $output) = run(3600, 'node', 't/bench/extract.mjs', $peer,
                                  $list, $peer_rounds);
        my @pages = map { [split /\t/] } grep { /\t/ } split /\n/, $output;
        my @good = map { [@$_[1, 2]] } grep { $_->[2] ne 'failed' } @pages;

        if ($code != 0 || !@good) {
            print "$peer: failed\n", substr $output, -2000;
            next;
        }

        my ($median) = summary($peer, @pages - @good, @good);
        $unfurl = $median if $peer eq 'unfurl.js';
    }
}

printf "\nbytes to page, times libxml2's MB/s: %.1f\n", $speed / $bare;

my @large = grep { $_->[1] >= 100_000 } @core;
my ($bytes, $ours, $theirs) = (0, 0, 0);

for (@large) {
    $bytes += $_->[1];
    $ours += $_->[2];
    $theirs += $_->[5];
}

printf "and on the %d pages of 100 KB and more: %.1f (%.0f MB/s, %.0f)\n",
       scalar @large, $theirs / $ours, $bytes / $ours, $bytes / $theirs;

my $early = grep { $_->[7] < $_->[1] } @core;

printf "the server leaves part of %d pages unread (scan auto, no details)\n",
       $early;

printf "unfurl.js's median, times ours: to the page %.1f, to the card %.1f, "
       . "to the server's card %.1f\n", $unfurl / $page, $unfurl / $card,
       $unfurl / $server
    if $unfurl;

my @slices = sort { $b->[4] <=> $a->[4] } @core;
my $over = grep { $_->[4] > 1000 } @slices;

printf "slices of 16 KB over 1 ms: %d; the slowest:\n", $over;
printf "%10.1f us  %s\n", @{$_}[4, 0] for @slices[0 .. 4];
