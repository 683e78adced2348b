#!/usr/bin/perl

# The examples of docs/signing.md: each is taken out of the document, run, and
# its signature is that of the command line and good for the server.

use lib 't/lib';
use UrlMeta::Test;

chdir project_root();

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my $urlmeta = 'build/urlmeta';
my ($failed, $output) = run(300, 'make', '-s', 'urlmeta');
is($failed, 0, 'the command line is built') or BAIL_OUT($output);

my $document = read_file('docs/signing.md');
my $dir = temp_dir('signing');

# what the examples are about

my $key = '0123456789abcdef0123456789abcdef';
my $url = 'https://example.com/page?a=1&b=2';
my $expires = 1893456000;

my ($link) = $document =~ m{^/card\?(\S+)$}m;
ok($link, 'a link is shown') or BAIL_OUT('there is none');

# heading, interpreter, name of its file
my @languages = (
    ['Command line', 'sh', 'sh'],
    ['Shell', 'sh', 'sh'],
    ['Node.js', 'node', 'cjs'],
    ['Python', 'python3', 'py'],
    ['PHP', 'php', 'php'],
);

my $o = origin('*' => [200, 'text/html', '<title>Page</title>']);
my $n;


sub example {
    my ($heading) = @_;
    my ($text) = $document =~ /^### \Q$heading\E\n(.*?)(?=^##|\z)/ms;
    my ($code) = ($text || '') =~ /^```\w+\n(.*?)^```$/ms;
    return $code;
}


sub arguments {
    my ($query) = @_;
    my %value;

    for (split /&/, $query) {
        my ($name, $value) = split /=/, $_, 2;
        die "$name twice" if exists $value{$name};
        $value =~ tr/+/ /;
        $value =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
        $value{$name} = $value;
    }

    return \%value;
}


# The code with other values, run; its output.

my $count = 0;

sub execute {
    my ($language, $code, %change) = @_;
    my ($heading, $interpreter, $suffix) = @$language;

    for (sort keys %change) {
        my $times = $code =~ s/\Q$_\E/$change{$_}/g;
        is($times, 1, "$heading: $_ is there once");
    }

    my $file = write_file("$dir/" . ++$count . ".$suffix", $code);
    local $ENV{PATH} = project_root() . "/build:$ENV{PATH}";
    my ($status, $output) = run(30, $interpreter, $file);
    is($status, 0, "$heading: runs") or diag($output);
    chomp $output;
    return $output;
}


sub command_line {
    my ($key, $url, $expires) = @_;
    my ($status, $output) = run(20, $urlmeta, '--sign', $key, '--expires',
                                $expires, $url);
    is($status, 0, 'the command line signs') or diag($output);
    chomp $output;
    return $output;
}


is_deeply(arguments($link), arguments(command_line($key, $url, $expires)),
          'the link that is shown is that of the command line');
is($link, command_line($key, $url, $expires), 'as it writes it');

# other values: a URL with what tends to be encoded twice, or not at all

my $other_key = join '', map { sprintf '%02x', int rand 256 } 1 .. 32;
my $other_url = $o->url('/%C3%A9~x/a+b;c=(d)?q=%2520&r=[x]*&s=1+1&t=%26');
my $later = time + 600;

$n = nginx(<<"EOF");
    @{[allow($o)]}
    location /card {
        urlmeta \$arg_url;
        urlmeta_signature $other_key;
    }
EOF

my $expected = arguments(command_line($other_key, $other_url, $later));
is($expected->{url}, $other_url, 'a canonical URL');
my $ran = 0;

for my $language (@languages) {
    my ($heading, $interpreter) = @$language;
    my $code = example($heading);

    ok($code, "$heading: there is an example") or next;

    SKIP: {
        my ($no) = run(10, 'sh', '-c', "command -v $interpreter");
        skip "no $interpreter", 1 if $no != 0;

        is_deeply(arguments(execute($language, $code)), arguments($link),
                  "$heading: the link that is shown");

        my $query = execute($language, $code, $key => $other_key,
                            $url => $other_url, $expires => $later);
        is_deeply(arguments($query), $expected,
                  "$heading: another link, as by the command line");

        is($n->get("/card?$query")->{code}, 200,
           "$heading: the server takes it");
        is($n->get("/card?$query" =~ s/(?<=expires=)(\d+)/$1 + 1/er)->{code},
           403, "$heading: but for no second more");
        $ran++;
    }
}

cmp_ok($ran, '>=', 2, "$ran examples ran");

# the table of canonical URLs

my @rows = $document =~ /^\| `(\S+)` \| `(\S+)` \|$/mg;
cmp_ok(scalar @rows, '>=', 20, 'rows of the table');

while (my ($written, $canonical) = splice @rows, 0, 2) {
    s/\\\|/|/g for $written, $canonical;
    is(arguments(command_line($key, $written, $expires))->{url}, $canonical,
       "canonical: $canonical");
}

# what the document says a wrong signature tells

my $r = $n->get('/card?signature=x&url=' . url_encode('HTTPS://Example.com'));
is($r->json->{url}, 'https://example.com/', 'a refusal tells what to sign');

done_testing();
