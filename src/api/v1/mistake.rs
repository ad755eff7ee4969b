//! What is wrong with what was sent about accounts and redirects: the status, the code and the value of the body.

use http::StatusCode;

use super::problem::{forbidden, invalid, not_found};
use crate::accounts::AccountError;
use crate::content::redirect::RedirectError;
use crate::http::problem::Problem;
use crate::words::sentence;

/// A refusal by what is there.
fn conflict(code: &'static str, title: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, title).with_detail(detail)
}

pub(super) fn of_account(error: &AccountError) -> Problem {
    let detail = sentence(&error.to_string());
    let (pointer, code) = match error {
        AccountError::UserNotFound(_) => return not_found("There is no such user."),
        AccountError::GroupNotFound(_) => return not_found("There is no such group."),
        AccountError::IsSuperuser(_) => return forbidden(detail),
        AccountError::LastSuperuser(_) => {
            return conflict("last_superuser", "Somebody has to be a superuser", detail);
        }
        AccountError::GroupInUse { places, .. } => {
            return conflict("in_use", "It is used elsewhere", detail).with("places", places.clone());
        }
        AccountError::UsernameInvalid => ("/username", "invalid_username"),
        AccountError::UsernameTaken(_) => ("/username", "username_taken"),
        AccountError::EmailInvalid => ("/email", "invalid_email"),
        AccountError::TooLong { field: "email", .. } => ("/email", "too_long"),
        AccountError::TooLong { .. } => ("/name", "too_long"),
        AccountError::TimeZoneInvalid(_) => ("/time_zone", "invalid_time_zone"),
        AccountError::LocaleInvalid => ("/locale", "invalid_locale"),
        AccountError::GroupNameInvalid => ("/name", "invalid_name"),
        AccountError::GroupTaken(_) => ("/name", "name_taken"),
        _ => return invalid().with_detail(detail),
    };
    invalid().at(pointer, code, detail)
}

pub(super) fn of_redirect(error: &RedirectError) -> Problem {
    let detail = sentence(&error.to_string());
    let (pointer, code) = match error {
        RedirectError::NotFound(_) => return not_found("There is no such redirect."),
        RedirectError::TooMany(_) => return conflict("too_many", "There are as many as there may be", detail),
        RedirectError::AddressInvalid(_) => ("/from", "invalid_address"),
        RedirectError::Taken { .. } | RedirectError::Repeated { .. } => ("/from", "taken"),
        RedirectError::TargetInvalid(_) => ("/to", "invalid_target"),
        RedirectError::LeadsToItself(_) => ("/to", "leads_to_itself"),
        RedirectError::LeadsBelowItself { .. } => ("/to", "leads_below_itself"),
        RedirectError::Circle(_) => ("/to", "circle"),
        RedirectError::PageNotFound(_) => ("/page", "not_found"),
        RedirectError::SiteNotFound(_) => ("/site", "not_found"),
        RedirectError::Db(_) => return invalid(),
    };
    invalid().at(pointer, code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_names_the_value_that_it_is_about() {
        let account = |error: AccountError| {
            let problem = of_account(&error);
            (problem.status.as_u16(), problem.code, problem.errors.first().map(|error| error.pointer.clone()))
        };
        assert_eq!(account(AccountError::UserNotFound("ann".into())), (404, "not_found", None));
        assert_eq!(account(AccountError::LastSuperuser("ann".into())), (409, "last_superuser", None));
        assert_eq!(account(AccountError::IsSuperuser("ann".into())), (403, "forbidden", None));
        let too_long = AccountError::TooLong { field: "email", max: 254 };
        assert_eq!(account(too_long), (422, "invalid", Some("/email".to_owned())));
        let circle = of_redirect(&RedirectError::Circle(vec!["/a".into(), "/b".into()]));
        assert_eq!((circle.errors[0].pointer.as_str(), circle.errors[0].code.as_str()), ("/to", "circle"));
    }
}
