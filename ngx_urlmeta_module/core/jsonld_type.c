
/*
 * The types of schema.org and what they mean to a card.
 */


#include <string.h>
#include <strings.h>

#include "jsonld.h"


#define URLMETA_JSONLD_MAX_TYPES  16    /* of a node */


typedef struct {
    const char              *name;
    urlmeta_jsonld_class_e   cls;
} urlmeta_jsonld_type_t;


static urlmeta_jsonld_class_e urlmeta_jsonld_type_class(const char *type);
static const char *urlmeta_jsonld_type_name(const char *type);


/*
 * Types of schema.org that say more than "a thing".  A type that is not here
 * is a URLMETA_JSONLD_THING, unless it is one of those that never speak for a
 * page (class NONE).
 */

static const urlmeta_jsonld_type_t  urlmeta_jsonld_types[] = {

    { "Article", URLMETA_JSONLD_ARTICLE },
    { "NewsArticle", URLMETA_JSONLD_ARTICLE },
    { "BlogPosting", URLMETA_JSONLD_ARTICLE },
    { "Report", URLMETA_JSONLD_ARTICLE },
    { "TechArticle", URLMETA_JSONLD_ARTICLE },
    { "APIReference", URLMETA_JSONLD_ARTICLE },
    { "ScholarlyArticle", URLMETA_JSONLD_ARTICLE },
    { "MedicalScholarlyArticle", URLMETA_JSONLD_ARTICLE },
    { "SocialMediaPosting", URLMETA_JSONLD_ARTICLE },
    { "DiscussionForumPosting", URLMETA_JSONLD_ARTICLE },
    { "LiveBlogPosting", URLMETA_JSONLD_ARTICLE },
    { "Review", URLMETA_JSONLD_ARTICLE },
    { "CriticReview", URLMETA_JSONLD_ARTICLE },
    { "ClaimReview", URLMETA_JSONLD_ARTICLE },
    { "AdvertiserContentArticle", URLMETA_JSONLD_ARTICLE },
    { "SatiricalArticle", URLMETA_JSONLD_ARTICLE },
    { "AnalysisNewsArticle", URLMETA_JSONLD_ARTICLE },
    { "AskPublicNewsArticle", URLMETA_JSONLD_ARTICLE },
    { "BackgroundNewsArticle", URLMETA_JSONLD_ARTICLE },
    { "OpinionNewsArticle", URLMETA_JSONLD_ARTICLE },
    { "ReportageNewsArticle", URLMETA_JSONLD_ARTICLE },
    { "ReviewNewsArticle", URLMETA_JSONLD_ARTICLE },

    { "VideoObject", URLMETA_JSONLD_MEDIA },
    { "AudioObject", URLMETA_JSONLD_MEDIA },
    { "Clip", URLMETA_JSONLD_MEDIA },
    { "PodcastEpisode", URLMETA_JSONLD_MEDIA },
    { "PodcastSeries", URLMETA_JSONLD_MEDIA },
    { "RadioEpisode", URLMETA_JSONLD_MEDIA },
    { "MusicRecording", URLMETA_JSONLD_MEDIA },
    { "MusicAlbum", URLMETA_JSONLD_MEDIA },
    { "MusicPlaylist", URLMETA_JSONLD_MEDIA },

    { "Product", URLMETA_JSONLD_PRODUCT },
    { "ProductGroup", URLMETA_JSONLD_PRODUCT },
    { "ProductModel", URLMETA_JSONLD_PRODUCT },
    { "IndividualProduct", URLMETA_JSONLD_PRODUCT },
    { "Vehicle", URLMETA_JSONLD_PRODUCT },
    { "Car", URLMETA_JSONLD_PRODUCT },
    { "Offer", URLMETA_JSONLD_PRODUCT },
    { "AggregateOffer", URLMETA_JSONLD_PRODUCT },
    { "SoftwareApplication", URLMETA_JSONLD_PRODUCT },
    { "MobileApplication", URLMETA_JSONLD_PRODUCT },
    { "WebApplication", URLMETA_JSONLD_PRODUCT },
    { "VideoGame", URLMETA_JSONLD_PRODUCT },
    { "SoftwareSourceCode", URLMETA_JSONLD_PRODUCT },

    { "Recipe", URLMETA_JSONLD_RECIPE },
    { "HowTo", URLMETA_JSONLD_RECIPE },

    { "Event", URLMETA_JSONLD_EVENT },
    { "BusinessEvent", URLMETA_JSONLD_EVENT },
    { "ChildrensEvent", URLMETA_JSONLD_EVENT },
    { "ComedyEvent", URLMETA_JSONLD_EVENT },
    { "CourseInstance", URLMETA_JSONLD_EVENT },
    { "DanceEvent", URLMETA_JSONLD_EVENT },
    { "EducationEvent", URLMETA_JSONLD_EVENT },
    { "ExhibitionEvent", URLMETA_JSONLD_EVENT },
    { "Festival", URLMETA_JSONLD_EVENT },
    { "FoodEvent", URLMETA_JSONLD_EVENT },
    { "Hackathon", URLMETA_JSONLD_EVENT },
    { "LiteraryEvent", URLMETA_JSONLD_EVENT },
    { "MusicEvent", URLMETA_JSONLD_EVENT },
    { "SaleEvent", URLMETA_JSONLD_EVENT },
    { "ScreeningEvent", URLMETA_JSONLD_EVENT },
    { "SocialEvent", URLMETA_JSONLD_EVENT },
    { "SportsEvent", URLMETA_JSONLD_EVENT },
    { "TheaterEvent", URLMETA_JSONLD_EVENT },
    { "VisualArtsEvent", URLMETA_JSONLD_EVENT },
    { "BroadcastEvent", URLMETA_JSONLD_EVENT },

    { "JobPosting", URLMETA_JSONLD_JOB },

    { "Movie", URLMETA_JSONLD_MOVIE },
    { "MovieSeries", URLMETA_JSONLD_MOVIE },
    { "TVSeries", URLMETA_JSONLD_MOVIE },
    { "TVSeason", URLMETA_JSONLD_MOVIE },
    { "TVEpisode", URLMETA_JSONLD_MOVIE },
    { "Episode", URLMETA_JSONLD_MOVIE },
    { "CreativeWorkSeries", URLMETA_JSONLD_MOVIE },
    { "CreativeWorkSeason", URLMETA_JSONLD_MOVIE },
    { "Book", URLMETA_JSONLD_MOVIE },
    { "Audiobook", URLMETA_JSONLD_MOVIE },
    { "BookSeries", URLMETA_JSONLD_MOVIE },

    { "Course", URLMETA_JSONLD_COURSE },
    { "Dataset", URLMETA_JSONLD_COURSE },
    { "QAPage", URLMETA_JSONLD_COURSE },
    { "Question", URLMETA_JSONLD_COURSE },
    { "Quiz", URLMETA_JSONLD_COURSE },
    { "LearningResource", URLMETA_JSONLD_COURSE },

    { "Place", URLMETA_JSONLD_PLACE },
    { "LocalBusiness", URLMETA_JSONLD_PLACE },
    { "Restaurant", URLMETA_JSONLD_PLACE },
    { "FoodEstablishment", URLMETA_JSONLD_PLACE },
    { "CafeOrCoffeeShop", URLMETA_JSONLD_PLACE },
    { "BarOrPub", URLMETA_JSONLD_PLACE },
    { "Bakery", URLMETA_JSONLD_PLACE },
    { "Hotel", URLMETA_JSONLD_PLACE },
    { "LodgingBusiness", URLMETA_JSONLD_PLACE },
    { "Store", URLMETA_JSONLD_PLACE },
    { "TouristAttraction", URLMETA_JSONLD_PLACE },
    { "Museum", URLMETA_JSONLD_PLACE },
    { "Landform", URLMETA_JSONLD_PLACE },
    { "City", URLMETA_JSONLD_PLACE },
    { "Accommodation", URLMETA_JSONLD_PLACE },
    { "Residence", URLMETA_JSONLD_PLACE },

    { "Person", URLMETA_JSONLD_PERSON },
    { "ProfilePage", URLMETA_JSONLD_PERSON },

    { "WebPage", URLMETA_JSONLD_WEBPAGE },
    { "AboutPage", URLMETA_JSONLD_WEBPAGE },
    { "CheckoutPage", URLMETA_JSONLD_WEBPAGE },
    { "CollectionPage", URLMETA_JSONLD_WEBPAGE },
    { "ContactPage", URLMETA_JSONLD_WEBPAGE },
    { "FAQPage", URLMETA_JSONLD_WEBPAGE },
    { "ItemPage", URLMETA_JSONLD_WEBPAGE },
    { "MedicalWebPage", URLMETA_JSONLD_WEBPAGE },
    { "RealEstateListing", URLMETA_JSONLD_WEBPAGE },
    { "SearchResultsPage", URLMETA_JSONLD_WEBPAGE },
    { "ImageGallery", URLMETA_JSONLD_WEBPAGE },
    { "VideoGallery", URLMETA_JSONLD_WEBPAGE },
    { "MediaGallery", URLMETA_JSONLD_WEBPAGE },
    { "Blog", URLMETA_JSONLD_WEBPAGE },

    { "Organization", URLMETA_JSONLD_ORGANIZATION },
    { "Airline", URLMETA_JSONLD_ORGANIZATION },
    { "CollegeOrUniversity", URLMETA_JSONLD_ORGANIZATION },
    { "Corporation", URLMETA_JSONLD_ORGANIZATION },
    { "EducationalOrganization", URLMETA_JSONLD_ORGANIZATION },
    { "GovernmentOrganization", URLMETA_JSONLD_ORGANIZATION },
    { "LibrarySystem", URLMETA_JSONLD_ORGANIZATION },
    { "MusicGroup", URLMETA_JSONLD_ORGANIZATION },
    { "NGO", URLMETA_JSONLD_ORGANIZATION },
    { "NewsMediaOrganization", URLMETA_JSONLD_ORGANIZATION },
    { "OnlineBusiness", URLMETA_JSONLD_ORGANIZATION },
    { "OnlineStore", URLMETA_JSONLD_ORGANIZATION },
    { "PerformingGroup", URLMETA_JSONLD_ORGANIZATION },
    { "Periodical", URLMETA_JSONLD_ORGANIZATION },
    { "Newspaper", URLMETA_JSONLD_ORGANIZATION },
    { "ResearchOrganization", URLMETA_JSONLD_ORGANIZATION },
    { "SportsOrganization", URLMETA_JSONLD_ORGANIZATION },
    { "SportsTeam", URLMETA_JSONLD_ORGANIZATION },
    { "RadioStation", URLMETA_JSONLD_ORGANIZATION },
    { "TelevisionStation", URLMETA_JSONLD_ORGANIZATION },

    { "WebSite", URLMETA_JSONLD_WEBSITE },

    { "AggregateRating", URLMETA_JSONLD_NONE },
    { "Answer", URLMETA_JSONLD_NONE },
    { "Audience", URLMETA_JSONLD_NONE },
    { "Brand", URLMETA_JSONLD_NONE },
    { "BreadcrumbList", URLMETA_JSONLD_NONE },
    { "Comment", URLMETA_JSONLD_NONE },
    { "ContactPoint", URLMETA_JSONLD_NONE },
    { "Country", URLMETA_JSONLD_NONE },
    { "DataFeed", URLMETA_JSONLD_NONE },
    { "Duration", URLMETA_JSONLD_NONE },
    { "EntryPoint", URLMETA_JSONLD_NONE },
    { "GeoCoordinates", URLMETA_JSONLD_NONE },
    { "HowToSection", URLMETA_JSONLD_NONE },
    { "HowToStep", URLMETA_JSONLD_NONE },
    { "ImageObject", URLMETA_JSONLD_NONE },
    { "InteractionCounter", URLMETA_JSONLD_NONE },
    { "ItemList", URLMETA_JSONLD_NONE },
    { "Language", URLMETA_JSONLD_NONE },
    { "ListItem", URLMETA_JSONLD_NONE },
    { "MediaObject", URLMETA_JSONLD_NONE },
    { "MonetaryAmount", URLMETA_JSONLD_NONE },
    { "OfferCatalog", URLMETA_JSONLD_NONE },
    { "OpeningHoursSpecification", URLMETA_JSONLD_NONE },
    { "PostalAddress", URLMETA_JSONLD_NONE },
    { "PropertyValue", URLMETA_JSONLD_NONE },
    { "QuantitativeValue", URLMETA_JSONLD_NONE },
    { "Rating", URLMETA_JSONLD_NONE },
    { "SiteNavigationElement", URLMETA_JSONLD_NONE },
    { "SpeakableSpecification", URLMETA_JSONLD_NONE },
    { "WPAdBlock", URLMETA_JSONLD_NONE },
    { "WPFooter", URLMETA_JSONLD_NONE },
    { "WPHeader", URLMETA_JSONLD_NONE },
    { "WPSideBar", URLMETA_JSONLD_NONE },
    { "WebPageElement", URLMETA_JSONLD_NONE },

    { NULL, URLMETA_JSONLD_NONE }
};


int
urlmeta_jsonld_is(json_t *node, const char *type)
{
    size_t       i;
    json_t      *types, *item;
    const char  *name;

    types = json_object_get(node, "@type");
    name = json_string_value(types);

    if (name) {
        return strcasecmp(urlmeta_jsonld_type_name(name), type) == 0;
    }

    json_array_foreach(types, i, item) {

        if (i == URLMETA_JSONLD_MAX_TYPES) {
            break;
        }

        name = json_string_value(item);

        if (name && strcasecmp(urlmeta_jsonld_type_name(name), type) == 0) {
            return 1;
        }
    }

    return 0;
}


urlmeta_jsonld_class_e
urlmeta_jsonld_class(json_t *node)
{
    size_t                   i;
    json_t                  *types, *item;
    const char              *name;
    urlmeta_jsonld_class_e   cls, best;

    types = json_object_get(node, "@type");
    name = json_string_value(types);

    if (name) {
        return urlmeta_jsonld_type_class(name);
    }

    best = URLMETA_JSONLD_NONE;

    json_array_foreach(types, i, item) {

        if (i == URLMETA_JSONLD_MAX_TYPES) {
            break;
        }

        name = json_string_value(item);

        if (name == NULL) {
            continue;
        }

        cls = urlmeta_jsonld_type_class(name);

        if (cls != URLMETA_JSONLD_NONE
            && (best == URLMETA_JSONLD_NONE || cls < best))
        {
            best = cls;
        }
    }

    return best;
}


static urlmeta_jsonld_class_e
urlmeta_jsonld_type_class(const char *type)
{
    size_t                        len;
    const urlmeta_jsonld_type_t  *t;

    type = urlmeta_jsonld_type_name(type);

    for (t = urlmeta_jsonld_types; t->name; t++) {

        if (strcasecmp(type, t->name) == 0) {
            return t->cls;
        }
    }

    /* what somebody can do is not what the page is about */

    len = strlen(type);

    if (len == 0
        || (len >= 6 && strcasecmp(type + len - 6, "Action") == 0))
    {
        return URLMETA_JSONLD_NONE;
    }

    return URLMETA_JSONLD_THING;
}


static const char *
urlmeta_jsonld_type_name(const char *type)
{
    size_t              i, len;

    static const char  *prefixes[] = {
        "https://schema.org/",
        "http://schema.org/",
        "https://www.schema.org/",
        "http://www.schema.org/",
        "schema:",
        NULL
    };

    type += strspn(type, " \t\r\n");

    for (i = 0; prefixes[i]; i++) {
        len = strlen(prefixes[i]);

        if (strncasecmp(type, prefixes[i], len) == 0) {
            return type + len;
        }
    }

    return type;
}
