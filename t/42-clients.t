#!/usr/bin/perl

# Clients of other services, unchanged, with this server in the place of theirs:
# what counts is what the client then holds or shows.
#
# They are installed by npm into build/clients; without it, or without its
# registry, there is nothing to test.

use lib 't/lib';
use UrlMeta::Test;

use JSON::PP ();

chdir project_root();

for (['node', '--version'], ['npm', '--version']) {
    plan(skip_all => "no $_->[0]") if (run(30, @$_))[0] != 0;
}

my $build = 'build/clients';
my $list = read_file('t/clients/package.json');

if (!-e "$build/installed" || read_file("$build/installed") ne $list) {
    run(10, 'mkdir', '-p', $build);
    write_file("$build/package.json", $list);

    my ($code) = run(300, 'npm', 'install', '--prefix', $build,
                     '--ignore-scripts', '--no-audit', '--no-fund',
                     '--legacy-peer-deps');
    plan(skip_all => 'npm cannot install the clients') if $code != 0;

    write_file("$build/installed", $list);
}

my $page = read_file('t/formats/rich.html');
my $o = origin('/page' => [200, 'text/html', $page],
               '/none' => [404, 'text/html', '']);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;

    location /microlink { urlmeta \$arg_url; urlmeta_format microlink; }
    location /oembed {
        urlmeta \$arg_url;
        urlmeta_format oembed;
        urlmeta_embed https://cards.example/card?url=;
    }
    location /editorjs {
        urlmeta \$arg_url;
        urlmeta_format editorjs;
        urlmeta_cors http://editor.example;
    }
    location /rlp {
        urlmeta \$arg_url;
        urlmeta_format rlp;
        urlmeta_cors *;
    }
EOF

# a page that says where its oEmbed is

sub discovery {
    my ($path) = @_;
    return [200, 'text/html', '<title>x</title><link rel="alternate" type='
            . '"application/json+oembed" href="' . $n->url('/oembed?url='
            . url_encode($o->url($path))) . '">'];
}

$o->set('/embed' => discovery('/page'), '/embed/none' => discovery('/none'));

my ($code, $output) = run(120, 'node', 't/clients/run.mjs', $build,
                          $n->url('') =~ s{/$}{}r, $o->url('/page'),
                          $o->url('/none'), $o->url('/embed'));
is($code, 0, 'the clients ran') or BAIL_OUT($output);

my $held = JSON::PP->new->utf8->decode($output =~ s/\A[^{]*//r);

my $title = 'The tides of Brittany';
my $text = 'Why the sea withdraws for miles, and how fast it comes back.';
my $image = 'https://cdn.example.com/tides.jpg';

# @microlink/mql

my $r = $held->{mql};
is($r->{status}, 'success', 'mql: status');
is($r->{data}{title}, $title, 'mql: title');
is($r->{data}{image}{url}, $image, 'mql: image');
is($r->{data}{publisher}, 'Coast Weekly', 'mql: publisher');
is($r->{data}{date}, '2024-03-11T07:00:00.000Z', 'mql: date');

$r = $held->{mqlError};
is($r->{name}, 'MicrolinkError', 'mql: an error');
is("$r->{status} $r->{code} $r->{statusCode}", 'fail ENOTFOUND 404',
   'mql: what it is');
like($r->{message}, qr/^ENOTFOUND, The site did not give the page/,
     'mql: what it says');

# @extractus/oembed-extractor

$r = $held->{oembed};
is("$r->{type} $r->{version}", 'rich 1.0', 'oembed-extractor: type');
is($r->{title}, $title, 'oembed-extractor: title');
is($r->{author_name}, 'Anne Le Goff', 'oembed-extractor: author');
is($r->{width}, 500, 'oembed-extractor: maxwidth');
like($r->{html}, qr{^<iframe src="https://cards\.example/card\?url=http%3A},
     'oembed-extractor: html');
like($held->{oembedError}, qr/error code 404/, 'oembed-extractor: an error');

# @editorjs/link

$r = $held->{editor};
is_deeply($r->{messages}, [], 'Editor.js: no complaint');
is($r->{shown}{title}, $title, 'Editor.js: the title is shown');
is($r->{shown}{description}, $text, 'Editor.js: the description');
like($r->{shown}{image}, qr/\Q$image\E/, 'Editor.js: the picture');
is($r->{saved}{meta}{image}{url}, $image, 'Editor.js: what is saved');

$r = $held->{editorError};
is_deeply($r->{messages}, ["Couldn't get this link data, try the other one"],
          'Editor.js: a link without a preview');
$r = $held->{editorOther};
is_deeply($r->{messages}, ["Couldn't fetch the link data"],
          'Editor.js: an origin that is not allowed');

# @dhaiwat10/react-link-preview

$r = $held->{react};
is($r->{title}, $title, 'react-link-preview: the title is shown');
like($r->{text}, qr/Coast Weekly/, 'react-link-preview: the site');
like($r->{image}, qr/\Q$image\E/, 'react-link-preview: the picture');
is($held->{reactError}{text}, 'none', 'react-link-preview: the fallback');

done_testing();
