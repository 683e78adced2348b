#!/usr/bin/perl

# The core over documents that others wrote: beside libxml2, in pieces of any
# size, the page that the project began with, and pages made to be expensive.
#
# The documents are those of ../shared, and the tests skip where it is absent;
# TEST_URLMETA_CFLAGS adds to the compiler's flags.

use lib 't/lib';
use UrlMeta::Test;

use Digest::MD5 qw(md5_hex);
use JSON::PP ();

chdir project_root();

my $flags = $ENV{TEST_URLMETA_CFLAGS} || '';
my $build = 'build/oracle' . ($flags ? '-' . substr md5_hex($flags), 0, 8 : '');
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $corpus = shared_path('corpus/dev');
my $dir = temp_dir('oracle');

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my ($code, $output) = run(600, 'make', '-s', '-j2', '-f', 't/oracle/Makefile',
                          "BUILD=$build", "CFLAGS=$flags",
                          'CC=' . ($ENV{CC} || 'cc'), 'all');

is($code, 0, 'built without a warning')
    or do { diag($output); done_testing(); exit };


# The pages of the corpus, as a list for the programs.

sub corpus_list {
    my @lines;

    for my $meta (sort glob "$corpus/*/meta.json") {
        my $page = $json->decode(read_file($meta));
        (my $file = $meta) =~ s/meta\.json$/page.html/;
        push @lines, join "\t", $page->{name}, $file, $page->{url},
                     defined $page->{content_type} ? $page->{content_type} : '';
    }

    my $text = join "\n", @lines, '';
    utf8::encode($text) if utf8::is_utf8($text);

    return (write_file("$dir/corpus", $text), scalar @lines);
}


sub said {
    my ($output) = @_;
    note($_) for grep { length } split /\n/, $output;
    return;
}


my ($list, $pages) = $corpus ? corpus_list() : ();


subtest "libxml2's tree" => sub {
    plan(skip_all => 'no ../shared/corpus') if !$corpus;

    my ($code, $output) = run(300, "$build/libxml2", $list);
    my ($compared, $same) = $output =~ /^compared: (\d+) .* the same: (\d+)$/m;

    ok($compared && $compared >= 100, 'it has no complaint of '
       . ($compared || 0) . " of $pages pages, 100 at least");
    is($same, $compared, 'the same metas, link elements and anchors')
        or diag(substr $output, 0, 4000);
    is($code, 0, 'exit code');
    said($output =~ /^(compared: .*)$/m);
};


subtest 'pieces' => sub {
    plan(skip_all => 'no ../shared/corpus') if !$corpus;

    my ($code, $output) = run(300, "$build/chunks", $list, 4096, 7, 1);

    ok($output =~ /^whole: $pages pages/m, "$pages pages whole");

    for my $step (4096, 7, 1) {
        my @different = $output =~ /^differs: (\S+) in pieces of $step$/mg;
        my ($seconds) = $output
            =~ /^pieces of $step: $pages pages, ([\d.]+) s$/m;

        ok(defined $seconds && !@different, "the same in pieces of $step")
            or diag("@different");

        next if $step != 1;
        ok($seconds && $seconds < seconds(60), 'within a minute');
    }

    is($code, 0, 'exit code') or diag($output);
    said($output);
};


# What two arrays differ in first.

sub is_list {
    my ($got, $expected, $name) = @_;

    for my $i (0 .. (@$got > @$expected ? $#$got : $#$expected)) {
        my ($ours, $theirs) = map { $json->encode($_->[$i]) }
                              $got, $expected;
        next if $ours eq $theirs;

        return ok(0, $name) || diag("$i: $ours, not $theirs");
    }

    return ok(1, "$name (" . @$got . ')');
}


subtest 'the first page' => sub {
    my $seed = shared_path('seed/page.html');
    plan(skip_all => 'no ../shared/seed') if !$seed;

    my $url = 'https://realpython.com/lessons/python-312-cpython-internals/';
    my $expected = $json->decode(read_file(shared_path('seed/expected.json')));
    my $list = write_file("$dir/seed", join("\t", 'seed', $seed, $url,
                                            'text/html; charset=utf-8')
                                       . "\n");

    my ($code, $output) = run(30, "$build/page", $list);
    is($code, 0, 'exit code') or diag($output);

    my $answer = eval { $json->decode($output) } || {};
    my ($page, $card) = @{$answer}{qw(page card)};

    my %meta;
    for (@{$page->{meta}}) {
        $meta{$_->{name}} = $_->{content} if !exists $meta{$_->{name}};
    }

    is($page->{titles}[0], $expected->{title}, 'title');
    is($meta{'og:title'}, $expected->{og_title}, 'og:title');
    is($meta{description}, $expected->{description}, 'description');
    is($meta{'og:description'}, $expected->{og_description},
       'og:description');
    is($meta{'og:url'}, $expected->{og_url}, 'og:url');
    is($meta{'twitter:site'}, $expected->{x}, 'X handle');
    is($meta{viewport}, $expected->{viewport}, 'viewport');
    is($meta{robots}, $expected->{robots}, 'robots');
    is($page->{url}, $expected->{url}, 'URL');

    is_list([map { $_->{text} } @{$page->{json_ld}}], $expected->{jsonld},
            'JSON-LD verbatim');
    is(scalar grep({ $_->{value} } @{$page->{json_ld}}),
       scalar @{$expected->{jsonld}}, 'and read');

    for (@{$expected->{other_meta}}) {
        my ($name, $content) = @$_;
        ok(scalar grep({ $_->{name} eq $name && $_->{content} eq $content }
                       @{$page->{meta}}), "meta $name");
    }

    # the report resolves what is relative, and shows a text's last blank

    my @links = map {
        { text => $_->{text},
          url => $_->{href} =~ /^https?:/ ? $_->{href} : $_->{url} }
    } @{$page->{links}};

    for (@{$expected->{links}}) {
        $_->{text} =~ s/[ \t\n\f\r]+/ /g;
        $_->{text} =~ s/^ | $//g;
    }

    is(scalar @links, 215, '215 links');
    is_list([map { $_->{url} } @links],
            [map { $_->{url} } @{$expected->{links}}], 'links, in order');
    is_list([map { $_->{text} } @links],
            [map { $_->{text} } @{$expected->{links}}], 'their texts');

    is($card->{title}, $expected->{og_title}, 'card: title');
    is($card->{description}, $expected->{og_description},
       'card: description');
    is($card->{url}, $expected->{og_url}, 'card: url');
    is($card->{effective_url}, $expected->{direct_link}, 'card: direct link');
    is($card->{host}, $expected->{domain}, 'card: domain');
    is($card->{twitter}{site}, $expected->{x}, 'card: X handle');
    is($card->{viewport}, $expected->{viewport}, 'card: viewport');
    is($card->{robots}, $expected->{robots}, 'card: robots');
    is_list($card->{meta}, $page->{meta}, 'card: metas');
    is_list($card->{links}, $page->{links}, 'card: links');
    is_list($card->{json_ld}, $page->{json_ld}, 'card: JSON-LD');
};


# A machine that is slow or busy, or a sanitizer, may take this many times as
# long as is allowed; the figures themselves are printed.

my $generous = 5 * ($flags ? 10 : 1);


subtest 'hostile pages' => sub {
    my ($code, $output) = run(60, 'perl', 't/oracle/hostile.pl', $dir);
    is($code, 0, 'made') or diag($output);

    ($code, $output) = run(300, "$build/cost", "$dir/list", 3);
    is($code, 0, 'measured') or diag($output);

    my @names = map { (split /\t/)[0] } split /\n/, read_file("$dir/list");
    my %cost = map { my ($name, @rest) = split /\t/; ($name => \@rest) }
               grep { /\t/ } split /\n/, $output;

    note(sprintf '%-18s %8s %8s %8s %8s %8s', '', 'KB', 'us', 'a slice',
         'the end', 'KB taken');

    for my $name (@names) {
        my $cost = $cost{$name} or do { fail("$name: died"); next };
        my ($bytes, $total, $slice, $end, $memory) = @$cost;

        note(sprintf '%-18s %8d %8d %8d %8d %8d', $name, $bytes / 1024,
             $total, $slice, $end, $memory / 1024);

        my @over;
        push @over, 'takes long' if $total > seconds(50_000 * $generous);
        push @over, 'has a long slice'
            if $slice > seconds(10_000 * $generous);
        push @over, 'has a long end' if $end > seconds(10_000 * $generous);
        push @over, 'takes memory' if $memory > 4 << 20 && !$flags;

        ok(!@over, "$name: 50 ms, 10 ms a slice, 4 MB") or diag("@over");
    }
};


subtest 'memory' => sub {
    plan(skip_all => 'no ../shared/corpus') if !$corpus;
    plan(skip_all => 'sanitizers have their own') if $flags;

    # a hundredth of t/proof/memory

    my $some = write_file("$dir/some", join '', map { "$_\n" }
                          grep { !(md5_hex($_) =~ /^[3-9a-f]/) }
                          split /\n/, read_file($list));
    # what malloc() keeps for a thread it counts as in use
    local $ENV{GLIBC_TUNABLES} = 'glibc.malloc.tcache_count=0';

    my ($code, $output) = run(120, "$build/memory", $some, 400);
    my ($bytes) = $output =~ /^grown: (-?\d+) bytes in use/m;

    is($code, 0, 'exit code') or diag($output);
    ok(defined $bytes && $bytes < 16384, 'flat') or diag($output);
    said($output);
};

done_testing();
